import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect } from "vitest";
import { disableUser } from "../../../shared/accounts/administer-user.ts";
import { randomIds } from "../../../shared/ids.ts";
import { logOutAll } from "../../../shared/sessions/log-out-all.ts";
import { listSessions } from "../../../shared/sessions/own-sessions.ts";
import type { Session } from "../../../shared/sessions/session.ts";
import { toRow } from "../../../shared/sessions/session-row.ts";
import { addSeconds } from "../../../shared/time.ts";
import type { User } from "../../../shared/users/user.ts";
import type { TestDynamoDb } from "../../support/dynamodb.ts";
import { it } from "../../support/it.ts";
import { caller, getTokens, PASSWORD, type SessionLibrary, sessionLibrary } from "../../support/session-library.ts";

const CLOSED_SESSIONS = 10_000;
const BATCH = 25;

type Cost = { calls: Record<string, number>; rowsRead: number; units: number };
type Result = { readonly ScannedCount?: number; readonly ConsumedCapacity?: { readonly CapacityUnits?: number } };

let database: TestDynamoDb;
let library: SessionLibrary;
let withNone: User;
let withMany: User;

/** Rows that TTL has not deleted yet: half of the sessions were revoked, half have expired. */
const writeClosedSessions = async ({ session }: { readonly session: Session }, count: number): Promise<void> => {
  const { clock } = library;
  const closed = (index: number): Session => {
    const of = { ...session, sessionId: randomIds.sessionId(), refreshJti: randomIds.tokenId() };
    return index % 2 === 0
      ? { ...of, revokedAt: clock.now(), revokedReason: "logout" }
      : { ...of, idleExpiresAt: addSeconds(clock.now(), -index) };
  };
  for (let start = 0; start < count; start += BATCH) {
    const puts = Array.from({ length: BATCH }, (_, index) => ({ PutRequest: { Item: toRow(closed(start + index)) } }));
    await database.documentClient.send(
      new BatchWriteCommand({ RequestItems: { [database.tableNames.sessions]: puts } }),
    );
  }
};

/** The cost of an operation at DynamoDB: its calls, the rows that its queries read, and the consumed units. */
const measureCost = async (
  operation: (environment: ReturnType<SessionLibrary["createEnvironment"]>) => Promise<unknown>,
) => {
  const cost: Cost = { calls: {}, rowsRead: 0, units: 0 };
  const client = database.newDocumentClient();
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const name = String(context["commandName"]);
      cost.calls[name] = (cost.calls[name] ?? 0) + 1;
      const input = { ...(args.input as object), ReturnConsumedCapacity: "TOTAL" } as typeof args.input;
      const result = await next({ ...args, input });
      const { ScannedCount = 0, ConsumedCapacity } = result.output as Result;
      cost.rowsRead += ScannedCount;
      cost.units += ConsumedCapacity?.CapacityUnits ?? 0;
      return result;
    },
    { step: "initialize" },
  );
  await operation(library.createEnvironment(client));
  return cost;
};

it.beforeAll(async ({ database: started }) => {
  database = started;
  library = sessionLibrary(database);
  [withNone, withMany] = [await library.signUp(), await library.signUp()];
  for (const user of [withNone, withMany]) await library.logIn(user);
  await writeClosedSessions(getTokens(await library.logIn(withMany)), CLOSED_SESSIONS);
  await library.logIn(withNone);
}, 300_000);

describe("ten thousand sessions that were revoked or have expired", () => {
  const NEXT_PASSWORD = "another battery, another staple";

  // The order matters: each operation starts with the rows that the operation before left.
  it.each<[string, (environment: ReturnType<SessionLibrary["createEnvironment"]>, user: User) => Promise<unknown>]>([
    ["a login", (environment, user) => environment.logIn(user)],
    ["the list of devices", ({ dependencies }, { userId }) => listSessions(dependencies, userId)],
    [
      "a password change",
      async (environment, { userId }) => {
        const [session] = await listSessions(environment.dependencies, userId);
        if (session === undefined) throw new Error("No session is open");
        expect(await environment.changePassword(session, PASSWORD, NEXT_PASSWORD)).toMatchObject({
          outcome: "changed",
        });
      },
    ],
    ["a logout-all", ({ dependencies }, { userId }) => logOutAll(dependencies, userId, undefined, caller)],
    ["a disablement", ({ dependencies }, { userId }) => disableUser(dependencies, userId, caller)],
  ])("add nothing to the cost of %s (B6)", async (_, operation) => {
    const none = await measureCost((environment) => operation(environment, withNone));
    const many = await measureCost((environment) => operation(environment, withMany));
    expect(none.calls).toHaveProperty("QueryCommand");
    expect(none.units).toBeGreaterThan(0);
    expect(many).toEqual(none);
  });
});
