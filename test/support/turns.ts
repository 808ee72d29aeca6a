import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { TestDynamoDb } from "./dynamodb.ts";

/** Chooses the next call among `options` waiting calls. 0 is the first. */
export type Choose = (options: number) => number;

type Waiting = { readonly label: string; readonly go: () => Promise<void> };

export type Turns = {
  /** Creates a client for the operation of this name. Its calls wait for their turn. */
  readonly client: (name: string) => DynamoDBDocumentClient;
  /** Runs the operations at the same time, with one DynamoDB call at a time. */
  readonly run: (operations: readonly Promise<unknown>[]) => Promise<void>;
  /** Lets all later calls through. */
  readonly open: () => void;
  /** The calls in the order they were made. */
  readonly order: readonly string[];
};

/**
 * Controls the order of all DynamoDB calls of operations that run at the same time. A call runs only after every operation waits with a
 * call or has finished. Otherwise the fastest operation would always be first. `choose` picks the call.
 */
export const takeTurns = (database: TestDynamoDb, choose: Choose): Turns => {
  const waiting: Waiting[] = [];
  const order: string[] = [];
  const getWaiting = new Map<string, number>();
  const unfinished = new Set<string>();
  let isOpen = false;

  const count = (name: string, change: number) => getWaiting.set(name, (getWaiting.get(name) ?? 0) + change);
  const everyoneWaits = () => [...unfinished].every((name) => (getWaiting.get(name) ?? 0) > 0);

  return {
    order,
    open: () => {
      isOpen = true;
    },
    client: (name) => {
      const client = database.newDocumentClient();
      client.middlewareStack.add(
        (next, context) => (args) => {
          if (isOpen) return next(args);
          const label = `${name}: ${String(context["commandName"])}`;
          return new Promise((resolve, reject) => {
            count(name, 1);
            waiting.push({
              label,
              go: async () => {
                order.push(label);
                await next(args).then(resolve, reject);
                count(name, -1);
              },
            });
          });
        },
        { step: "initialize" },
      );
      return client;
    },
    run: async (operations) => {
      operations.forEach((operation, index) => {
        const name = `${index + 1}`;
        unfinished.add(name);
        const finish = () => unfinished.delete(name);
        operation.then(finish, finish);
      });
      while (unfinished.size > 0) {
        await nextTurnOfEventLoop();
        if (waiting.length === 0 || !everyoneWaits()) continue;
        waiting.sort((a, b) => a.label.localeCompare(b.label));
        const [chosen] = waiting.splice(choose(waiting.length), 1);
        await chosen?.go();
      }
    },
  };
};

const nextTurnOfEventLoop = () => new Promise((resolve) => setImmediate(resolve));

/**
 * Runs every sequence of choices, depth first. Stops after `limit` runs.
 * @returns the number of runs, and whether all sequences were run
 */
export const everyChoice = async (
  limit: number,
  run: (choose: Choose) => Promise<void>,
): Promise<{ readonly runs: number; readonly complete: boolean }> => {
  let prefix: number[] = [];
  for (let runs = 1; runs <= limit; runs += 1) {
    const made: { choice: number; options: number }[] = [];
    await run((options) => {
      const choice = Math.min(prefix[made.length] ?? 0, options - 1);
      made.push({ choice, options });
      return choice;
    });
    while (made.length > 0 && isLast(made.at(-1))) made.pop();
    const varied = made.at(-1);
    if (varied === undefined) return { runs, complete: true };
    prefix = made.map(({ choice }) => choice);
    prefix[prefix.length - 1] = varied.choice + 1;
  }
  return { runs: limit, complete: false };
};

const isLast = (made: { choice: number; options: number } | undefined): boolean =>
  made !== undefined && made.choice + 1 >= made.options;
