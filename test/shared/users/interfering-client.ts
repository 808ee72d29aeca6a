import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { TestDynamoDb } from "../../support/dynamodb.ts";

/** A call to DynamoDB that a test intercepts. */
export type Call = {
  /** The command and the kind of key. @example "Put EMAIL" */
  readonly name: string;
  /** Makes the call. A test may run this any number of times, or never. */
  readonly send: () => Promise<unknown>;
};

/** Creates a client whose calls all pass through `interfere`, which may count, delay, repeat, lose or reject them. */
export const interferingClient = (
  database: TestDynamoDb,
  interfere: (call: Call) => Promise<unknown>,
): DynamoDBDocumentClient => {
  const client = database.newDocumentClient();
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const operation = String(context["commandName"]).replace(/(Item)?Command$/, "");
      const kind = /"pk":"([A-Z]+)#/.exec(JSON.stringify(args.input))?.[1] ?? "";
      let response: Awaited<ReturnType<typeof next>> | undefined;
      await interfere({
        name: `${operation} ${kind}`,
        send: async () => {
          response = await next(args);
        },
      });
      if (response === undefined) throw new Error("A call was neither made nor rejected");
      return response;
    },
    { step: "initialize" },
  );
  return client;
};

/** The error of a call that DynamoDB throttles. */
export const throttled = (): Error =>
  Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException", $metadata: {} });

/** The error of a call without a response. The call may have taken effect. */
export const timedOut = (): Error => Object.assign(new Error("No response"), { name: "TimeoutError" });
