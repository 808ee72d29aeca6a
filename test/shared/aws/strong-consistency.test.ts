import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { describe, expect } from "vitest";
import { deleteUser, disableUser, enableUser } from "../../../shared/accounts/administer-user.ts";
import { registerUser } from "../../../shared/accounts/register-user.ts";
import type { UserId } from "../../../shared/ids.ts";
import { readPublishedKeys, replacePublishedKeys } from "../../../shared/keys/public-key-store.ts";
import { lookup } from "../../../shared/sessions/authorize.ts";
import { logOutAll } from "../../../shared/sessions/log-out-all.ts";
import { listSessions, revokeSession } from "../../../shared/sessions/own-sessions.ts";
import { guardLogin } from "../../../shared/throttle/login-throttle.ts";
import { guardPasswordChange } from "../../../shared/throttle/password-throttle.ts";
import { guardRegistration } from "../../../shared/throttle/registration-throttle.ts";
import { normalizeEmail } from "../../../shared/users/email.ts";
import type { TestDynamoDb } from "../../support/dynamodb.ts";
import { it } from "../../support/it.ts";
import { caller, getTokens, PASSWORD, type SessionLibrary, sessionLibrary } from "../../support/session-library.ts";

const EMAIL = "jane@example.com";
const NEW_PASSWORD = "another battery, another staple";

/** A global index has no consistent reads. */
const EVENTUALLY_CONSISTENT = "Query Sessions Revocations";

type Read = { readonly what: string; readonly isConsistent: boolean };

let database: TestDynamoDb;
let library: SessionLibrary;
let reads: Read[];

it.beforeAll(async ({ database: started }) => {
  database = started;
  library = sessionLibrary(database);
  reads = await recordReads(runEveryOperation);
});

/** The reads that these operations make, the same ones once. Every command that does not write counts as a read. */
const recordReads = async (run: (client: DynamoDBDocumentClient) => Promise<void>): Promise<Read[]> => {
  const client = database.newDocumentClient();
  const recorded = new Map<string, Read>();
  client.middlewareStack.add(
    (next, context) => (args) => {
      const operation = String(context["commandName"]).replace(/(Item)?Command$/, "");
      if (/^(?:Put|Update|Delete)$/.test(operation)) return next(args);
      const { TableName, IndexName, ConsistentRead } = args.input as Readonly<Record<string, unknown>>;
      const what = [operation, TableName, IndexName].filter((part) => part !== undefined).join(" ");
      const read = { what, isConsistent: ConsistentRead === true };
      recorded.set(JSON.stringify(read), read);
      return next(args);
    },
    { step: "initialize" },
  );
  await run(client);
  return [...recorded.values()];
};

const runEveryOperation = async (client: DynamoDBDocumentClient): Promise<void> => {
  const environment = library.createEnvironment(client);
  const { dependencies } = environment;

  const registration = { email: EMAIL, password: PASSWORD };
  const register = () => registerUser({ ...dependencies, hash: async () => "a digest" }, registration);
  await guardRegistration(dependencies, caller, register);
  // The address is taken now, and then the losing one of two parallel registrations reads the account of the other.
  await guardRegistration(dependencies, caller, register);
  const email = normalizeEmail(EMAIL);
  const known = email && (await dependencies.users.findByEmail(email));
  if (known === undefined) throw new Error("The account was not created");
  await dependencies.users.create({ ...known, userId: dependencies.ids.userId() });

  const user = await library.signUp();
  const logIn = (deviceToken?: string, password = PASSWORD) =>
    guardLogin(dependencies, { email: user.email, deviceToken }, caller, () => environment.logIn(user, password));
  const first = await logIn();
  if (first === undefined) throw new Error("The login failed");
  await logIn(first.deviceToken);
  await logIn(undefined, "not the password");

  const signIn = async (password = PASSWORD) => getTokens(await environment.logIn(user, password));
  const [a, b, c, d] = [await signIn(), await signIn(), await signIn(), await signIn()];
  await environment.refresh(a.refreshToken);
  await environment.refresh(a.refreshToken);
  await listSessions(dependencies, user.userId);
  await lookup(dependencies.sessions, library.clock.now)(a.session);
  await revokeSession(dependencies, b.session, caller);
  await revokeSession(dependencies, b.session, caller);
  await environment.logOut(c.refreshToken);
  await guardPasswordChange(dependencies, d.session, caller, () =>
    environment.changePassword(d.session, PASSWORD, NEW_PASSWORD),
  );
  await logOutAll(dependencies, user.userId, undefined, caller);

  const e = await signIn(NEW_PASSWORD);
  library.clock.advance(700_000);
  await environment.refresh(e.refreshToken);
  await disableUser(dependencies, user.userId, caller);
  await enableUser(dependencies, user.userId, caller);
  await deleteUser(dependencies, user.userId, caller);
  await deleteUser(dependencies, "nobody" as UserId, caller);

  await library.createFeed(client)(a.session);
  await replacePublishedKeys(client, database.tableNames.keys, {
    read: undefined,
    publication: { keys: [], withdrawn: [] },
  });
  await readPublishedKeys(client, database.tableNames.keys);
};

describe("the reads of all operations", () => {
  it("are these, so that the next test has seen them all", () => {
    expect(reads.map(({ what }) => what).sort()).toEqual(
      ["Get Keys", "Get Sessions", "Get Users", "Query Sessions LiveSessions", EVENTUALLY_CONSISTENT].sort(),
    );
  });

  it("are strongly consistent, except for the index of revocations, which cannot be (S3)", () => {
    const weak = reads.filter(({ isConsistent }) => !isConsistent).map(({ what }) => what);
    expect(weak).toEqual([EVENTUALLY_CONSISTENT]);
  });
});

const root = join(import.meta.dirname, "../../..");

const sourceFiles = ["shared", "functions"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file)),
);

/** From this place to the parenthesis that closes the first one that opens. */
const getCall = (source: string, start: number): string => {
  let depth = 0;
  for (let end = source.indexOf("(", start); end < source.length; end++) {
    if (source[end] === "(") depth += 1;
    if (source[end] === ")") depth -= 1;
    if (depth === 0) return source.slice(start, end + 1);
  }
  return source.slice(start);
};

describe("the source of every read", () => {
  const calls = sourceFiles.flatMap((file) => {
    const source = readFileSync(join(root, file), "utf8");
    const starts = [...source.matchAll(/new (?:Get|Query)Command\(|\bqueryAll\(/g)];
    return starts.map(({ index }) => ({ file, text: getCall(source, index) }));
  });

  it("asks for a strongly consistent read, except for the index of revocations (S3)", () => {
    const needsNone = /IndexName: (?:"Revocations"|REVOCATIONS_INDEX)|\.\.\.query\b/;
    const weak = calls.filter(({ text }) => !text.includes("ConsistentRead: true") && !needsNone.test(text));
    expect(weak).toEqual([]);
    expect(calls.length).toBeGreaterThanOrEqual(6);
  });

  it("is a read of one row or a query: no scan, no batch and no transaction, which this test does not check (S3)", () => {
    const others = /\b(?:Scan|BatchGet|TransactGet|BatchExecuteStatement|ExecuteStatement)(?:Item|Items)?Command\b/;
    const found = sourceFiles.filter((file) => others.test(readFileSync(join(root, file), "utf8")));
    expect(found).toEqual([]);
  });
});
