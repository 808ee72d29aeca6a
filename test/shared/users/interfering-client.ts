import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { TestDynamoDb } from "../../support/dynamodb.ts";

/** What a call to DynamoDB looks like to one who stands in between. */
export type Call = {
  /** `Put`, `Get` … and the kind of key: `Put EMAIL`. */
  readonly name: string;
  /** Really makes the call; may be made any number of times, or never. */
  readonly send: () => Promise<unknown>;
};

/** A client whose calls all pass through `interfere`: it may count, hold up, repeat, lose or refuse them. */
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
      if (response === undefined) throw new Error("A call was neither made nor refused");
      return response;
    },
    { step: "initialize" },
  );
  return client;
};

/** A call that DynamoDB refuses for its rate. */
export const throttled = (): Error =>
  Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException", $metadata: {} });

/** A call whose answer never came; it may have been carried out. */
export const timedOut = (): Error => Object.assign(new Error("No answer"), { name: "TimeoutError" });
