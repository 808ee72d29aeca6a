import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { Template } from "aws-cdk-lib/assertions";
import bcrypt from "bcryptjs";
import { beforeAll, expect, it } from "vitest";
import * as z from "zod/mini";
import { ORIGIN_SECRET_HEADER } from "../../shared/contract/request-headers.ts";
import { MAX_SESSIONS } from "../../shared/sessions/revoke-sessions.ts";
import { permissionsIn, toName } from "../infra/permissions.ts";
import { atEnd } from "../local/support/clean-up.ts";
import { restToken } from "../support/authorizer-events.ts";
import { describeWithOwnService } from "../support/deployed-stack.ts";
import { type Service, startService } from "../support/service-process.ts";
import {
  type Account,
  type ApiResponse,
  anAccount,
  type Call,
  getTokens,
  type Tokens,
} from "../support/session-api.ts";
import { type Engine, readTemplate, startEngine } from "./support/engine.ts";

const describe = describeWithOwnService("reads which permissions the functions used");

let engine: Engine;
let service: Service;
/** The permissions that each function used: `action on resource`, with the name of the resource in the template. */
let used: Readonly<Record<string, readonly string[]>>;

/** Sends a request with a wrong origin secret, so that the function reads the real secret. */
const call = async (method: string, path: string, { headers, ...rest }: Call = {}): Promise<ApiResponse> => {
  for (;;) {
    const claim = { [ORIGIN_SECRET_HEADER]: "a guess" };
    const response = await service.call(method, path, { ...rest, headers: { ...claim, ...headers } });
    // On a busy machine a call or a function reaches its time limit.
    if (response.status < 500) return response;
  }
};
const signIn = async (account: Account): Promise<Tokens> =>
  getTokens(await call("POST", "/auth/login", { body: account }));
const newAccount = async (): Promise<Account> => {
  const account = anAccount();
  expect((await call("POST", "/auth/register", { body: account })).status).toBe(201);
  return account;
};

beforeAll(async () => {
  engine = await startEngine();
  const dataDirectory = mkdtempSync(join(tmpdir(), "latchkey-permissions-"));
  atEnd(() => rmSync(dataDirectory, { recursive: true }));
  service = await startService({ dynamoDbEndpoint: engine.url, dataDirectory });
  await accountLife();
  await sessionLife();
  await cookieLife();
  await call("GET", "/.well-known/jwks.json");
  await authorizers(dataDirectory);
  const Uses = z.record(z.string(), z.array(z.string()));
  const raw = Uses.parse((await service.call("GET", "/_local/uses")).body);
  used = Object.fromEntries(Object.entries(raw).map(([name, uses]) => [name, [...new Set(uses.map(named))].sort()]));
}, 300_000);

/** Invokes the authorizers of all modes like API Gateway. */
const authorizers = async (dataDirectory: string): Promise<void> => {
  const { access_token } = await signIn(await newAccount());
  const Running = z.object({ lambdaEndpoint: z.string(), functions: z.record(z.string(), z.string()) });
  const running = Running.parse(JSON.parse(readFileSync(join(dataDirectory, "running.json"), "utf8")));
  for (const name of ["authorizer-stateless", "authorizer-feed", "authorizer-lookup"]) {
    const response = await fetch(
      `${running.lambdaEndpoint}/2015-03-31/functions/${running.functions[name]}/invocations`,
      {
        method: "POST",
        body: JSON.stringify(restToken({ headers: { authorization: `Bearer ${access_token}` } })),
      },
    );
    expect(await response.json()).toMatchObject({ policyDocument: { Statement: [{ Effect: "Allow" }] } });
  }
};

/** Registers a free, a taken and a contested address. Logs in, also with an old digest and at the session limit. */
const accountLife = async (): Promise<void> => {
  const account = anAccount();
  const register = () => call("POST", "/auth/register", { body: account });
  // Each finds the address free and writes its row. The losers delete their rows.
  const statuses = await Promise.all([register(), register(), register()]);
  expect(statuses.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  expect(await register()).toMatchObject({ status: 409 });
  const signedIn = await signIn(account);

  const users = await engine.read("Users");
  const pk = users.rows.find(({ email }) => email === account.email)?.["pk"];
  await engine.documentClient.send(
    new UpdateCommand({
      TableName: users.tableName,
      Key: { pk },
      UpdateExpression: "SET passwordDigest = :old",
      ExpressionAttributeValues: { ":old": await bcrypt.hash(account.password, 4) },
    }),
  );
  const { tableName, rows } = await engine.read("Sessions");
  const row = rows.find(({ sessionId }) => sessionId === signedIn.session_id);
  for (let index = 0; index < MAX_SESSIONS; index++) {
    const Item = { ...row, sessionId: `copy-${index}` };
    await engine.documentClient.send(new PutCommand({ TableName: tableName, Item }));
  }
  expect(await call("POST", "/auth/login", { body: account })).toMatchObject({ status: 200 });
};

/** Refreshes, replays, reuses a token, logs out, lists and revokes sessions, and changes the password. */
const sessionLife = async (): Promise<void> => {
  const account = await newAccount();
  const [stolen, other] = [await signIn(account), await signIn(account)];
  const refresh = (refresh_token: string) => call("POST", "/auth/refresh", { body: { refresh_token } });
  const second = getTokens(await refresh(stolen.refresh_token));
  expect(await refresh(stolen.refresh_token)).toMatchObject({ status: 200 });
  expect(await refresh(second.refresh_token)).toMatchObject({ status: 200 });
  expect(await refresh(stolen.refresh_token)).toMatchObject({ status: 401 });

  const { access_token: bearer, refresh_token } = await signIn(account);
  expect(await call("GET", "/auth/me", { bearer })).toMatchObject({ status: 200 });
  expect(await call("GET", "/auth/sessions", { bearer })).toMatchObject({ status: 200 });
  expect(await call("DELETE", `/auth/sessions/${other.session_id}`, { bearer })).toMatchObject({ status: 204 });
  expect(await call("DELETE", "/auth/sessions/nobodys", { bearer })).toMatchObject({ status: 404 });
  const change = { current_password: account.password, new_password: "another battery, another staple" };
  expect(await call("POST", "/auth/password", { bearer, body: change })).toMatchObject({ status: 200 });
  await call("POST", "/auth/logout", { body: { refresh_token } });
  const again = await signIn({ ...account, password: change.new_password });
  expect(await call("POST", "/auth/logout-all", { bearer: again.access_token })).toMatchObject({ status: 204 });
};

/** Opens a session in cookies, and sends requests with the cookies but without a CSRF token. */
const cookieLife = async (): Promise<void> => {
  const account = await newAccount();
  const signedIn = await call("POST", "/auth/login", {
    body: { ...account, transport: "cookie" },
    headers: { origin: service.url },
  });
  expect(signedIn).toMatchObject({ status: 200 });
  const cookie = signedIn.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  expect(await call("GET", "/auth/csrf", { headers: { cookie } })).toMatchObject({ status: 200 });
  for (const path of ["/auth/login", "/auth/refresh", "/auth/logout"]) {
    const forged = await call("POST", path, { headers: { cookie }, body: path === "/auth/login" ? account : {} });
    expect(forged).toMatchObject({ status: 403 });
  }
};

/** Replaces the name of the table or secret by its name in the template. */
const named = (use: string): string =>
  use
    .replace(/ on .*?(TablesUsers|TablesSessions|TablesThrottle|TablesKeys|KeyRing|OriginSecret)[\w-]*/, " on $1")
    .replace(" on OriginSecret", " on WebOriginSecret");

const granted = new Map(
  [...permissionsIn(Template.fromJSON(await readTemplate()))].map(([owner, lines]) => [
    toName(owner)
      .replace(/(?<=.)[A-Z]/g, (letter) => `-${letter}`)
      .toLowerCase(),
    lines.filter((line) => /^(?:dynamodb|secretsmanager):/.test(line)),
  ]),
);

describe("the permissions of a function", () => {
  it.each([...granted].filter(([, lines]) => lines.length > 0))(
    "are the permissions that the function uses: %s (I2)",
    (name, lines) => {
      expect(used[name]).toEqual([...lines].sort());
    },
  );
});
