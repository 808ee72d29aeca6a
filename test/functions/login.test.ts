import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, describe, expect } from "vitest";
import { createLogin } from "../../functions/login/handler.ts";
import { hashPassword } from "../../shared/passwords/hash-password.ts";
import { createSessionStore } from "../../shared/sessions/session-store.ts";
import type { User } from "../../shared/users/user.ts";
import { userKey } from "../../shared/users/user-row.ts";
import { createUserStore, type UserStore } from "../../shared/users/user-store.ts";
import { interferingClient } from "../shared/users/interfering-client.ts";
import type { TestDynamoDb } from "../support/dynamodb.ts";
import { serviceError, startFailingAws } from "../support/failing-aws.ts";
import { aRequest, type RequestBody, type RequestOptions } from "../support/http-events.ts";
import { httpOptions } from "../support/http-options.ts";
import { it } from "../support/it.ts";
import { PASSWORD, type SessionLibrary, sessionLibrary } from "../support/session-library.ts";
import { call } from "./call.ts";

let database: TestDynamoDb;
let library: SessionLibrary;
let user: User;

it.beforeAll(({ database: started }) => {
  database = started;
});
beforeEach(async () => {
  library = sessionLibrary(database);
  user = await library.signUp();
});

const logIn = (body: RequestBody, options: RequestOptions = {}) =>
  call(createLogin(library.dependencies, httpOptions), { body, ...options });

const damage = (digest: unknown) =>
  database.documentClient.send(
    new UpdateCommand({
      TableName: database.tableNames.users,
      Key: userKey(user.userId),
      UpdateExpression: "SET passwordDigest = :digest",
      ExpressionAttributeValues: { ":digest": digest },
    }),
  );

describe("a login", () => {
  it("responds with a pair of tokens, the session, and the public members of the user (H1)", async () => {
    const { status, body, headers } = await logIn({ email: user.email, password: PASSWORD });
    expect(status).toBe(200);
    expect(headers).toMatchObject({ "Cache-Control": "no-store" });
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: "Bearer",
      expires_in: 900,
      refresh_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      refresh_expires_in: 604_800,
      session_id: expect.stringMatching(/^[\w-]{22}$/),
      device_token: expect.stringMatching(/^\d{10}\.[\w-]{43}\.[\w-]{43}$/),
      user: { id: user.userId, email: user.email, roles: [], created_at: "2027-01-15T08:00:00Z" },
    });
  });

  it("opens another session each time, whatever it is shown (L3)", async () => {
    const first = await logIn({ email: user.email, password: PASSWORD });
    const shown = { session_id: first.body?.["session_id"], sid: "mine", refresh_token: first.body?.["refresh_token"] };
    const second = await logIn(
      { email: user.email, password: PASSWORD, ...shown },
      { headers: { Authorization: `Bearer ${first.body?.["access_token"]}`, "X-Session-Id": "mine" } },
    );
    expect(second.status).toBe(200);
    expect(second.body?.["session_id"]).not.toBe(first.body?.["session_id"]);
    expect(second.body?.["refresh_token"]).not.toBe(first.body?.["refresh_token"]);
  });
});

describe("a login that fails", () => {
  it("has the same response for every reason (L1, P6)", async () => {
    const wrong = await logIn({ email: user.email, password: "a wrong password" });
    const responses = [
      await logIn({ email: "nobody@example.com", password: PASSWORD }),
      await logIn({ email: "not an address", password: PASSWORD }),
      await logIn({ email: "", password: "" }),
      await logIn({ email: user.email, password: "" }),
      await logIn({ email: `${user.email}\u0000`, password: PASSWORD }),
    ];
    for (const digest of ["$2x$10$abcdefghijklmnopqrstuv", "", null, 7, "$2b$31$".padEnd(60, "a")]) {
      await damage(digest);
      responses.push(await logIn({ email: user.email, password: PASSWORD }));
    }
    await library.dependencies.users.setStatus(user.userId, "disabled");
    responses.push(await logIn({ email: user.email, password: PASSWORD }));

    expect(wrong).toMatchObject({ status: 401, body: { error: "invalid_credentials" } });
    expect(responses.map(({ comparable }) => comparable)).toEqual(responses.map(() => wrong.comparable));
  });

  it("opens no session", async () => {
    await logIn({ email: user.email, password: "a wrong password" });
    expect(await library.dependencies.sessions.listLive(user.userId, library.clock.now())).toEqual([]);
  });
});

describe("the calls of a login that fails", () => {
  it("makes the same calls of the same kinds for a wrong password, an unknown address and no address (L5)", async () => {
    const callsFor = async (email: string) => {
      const calls: string[] = [];
      const client = interferingClient(database, async ({ name, send }) => {
        calls.push(name);
        await send();
      });
      const handler = createLogin(library.createEnvironment(client).dependencies, httpOptions);
      expect((await call(handler, { body: { email, password: "not the password" } })).status).toBe(401);
      return calls;
    };
    const known = await callsFor(user.email);
    expect(known.filter((name) => name.startsWith("Get"))).toEqual(["Get EMAIL", "Get USER"]);
    for (const email of [`nobody-${user.email}`, "no address", "", "-", "@", "x".repeat(1024), "\u0000"]) {
      expect({ email, calls: await callsFor(email) }).toEqual({ email, calls: known });
    }
    await library.dependencies.users.setStatus(user.userId, "disabled");
    expect(await callsFor(user.email)).toEqual(known);
  });
});

describe("credentials that are none", () => {
  const texts = [undefined, null, 7, true, [], {}, ["x"], { $ne: null }];

  it.each(texts)("are 400 before anything is asked: an address or a password of %j (L4)", async (value) => {
    let asked = 0;
    const users: UserStore = {
      ...library.dependencies.users,
      findForLogin: async () => {
        asked++;
        return undefined;
      },
    };
    const handler = createLogin({ ...library.dependencies, users }, httpOptions);
    for (const body of [
      { email: value, password: PASSWORD },
      { email: user.email, password: value },
      { email: value, password: value },
    ]) {
      expect(await call(handler, { body })).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    }
    expect(asked).toBe(0);
  });

  it("are 400 above 256 code points, and not above 256 of anything else (P2)", async () => {
    expect((await logIn({ email: user.email, password: "😀".repeat(257) })).status).toBe(400);
    expect((await logIn({ email: user.email, password: "😀".repeat(256) })).status).toBe(401);
    expect((await logIn({ email: user.email, password: "e\u0301".repeat(128) })).status).toBe(401);
  });

  it("are counted after normalization, as at registration (P2, P4)", async () => {
    const password = "e\u0301".repeat(256);
    expect((await logIn({ email: user.email, password })).status).toBe(401);
    expect((await logIn({ email: user.email, password: `${password}e` })).status).toBe(400);
    await damage(await hashPassword(password, library.ring(), { cost: 4 }));
    for (const typed of [password, password.normalize("NFC")]) {
      expect((await logIn({ email: user.email, password: typed })).status).toBe(200);
    }
  });

  it.each(["email", "password", "device_name", "device_token", "unknown"])(
    "are 400 with a lone surrogate in `%s`, and the response names the member (S5)",
    async (name) => {
      for (const text of ["x\ud800y", "\udfff", "\ud83d"]) {
        const { status, body } = await logIn({ email: user.email, password: PASSWORD, [name]: text });
        expect({ status, error: body?.["error"] }).toEqual({ status: 400, error: "invalid_request" });
        expect(body?.["error_description"]).toBe(`\`${name}\` holds text that is not valid Unicode.`);
      }
    },
  );

  it("are not looked for in the URL or in a form (L4, R1)", async () => {
    const query = { email: user.email, password: PASSWORD };
    const handler = createLogin(library.dependencies, httpOptions);
    const result = await handler({ ...aRequest({ body: {} }), queryStringParameters: query }, {});
    expect(result.statusCode).toBe(400);
    const form = new URLSearchParams(query).toString();
    const type = { "Content-Type": "application/x-www-form-urlencoded" };
    expect((await logIn(form, { headers: type })).status).toBe(415);
  });
});

describe("a login while AWS fails", () => {
  const started: { stop: () => Promise<void> }[] = [];
  afterEach(async () => {
    for (const { stop } of started.splice(0)) await stop();
  });

  it("is a 503 and tells nothing, whether the account exists or not (S3, L1, E1)", async () => {
    const aws = await startFailingAws(serviceError("ProvisionedThroughputExceededException"));
    started.push(aws);
    const failing = {
      ...library.dependencies,
      users: createUserStore(aws.documentClient, "Users"),
      sessions: createSessionStore(aws.documentClient, "Sessions", 1),
    };
    const handler = createLogin(failing, httpOptions);
    const known = await call(handler, { body: { email: user.email, password: PASSWORD } });
    const unknown = await call(handler, { body: { email: "nobody@example.com", password: PASSWORD } });
    expect(known).toMatchObject({
      status: 503,
      body: { error: "temporarily_unavailable" },
      headers: { "Retry-After": "1" },
    });
    expect(unknown.comparable).toBe(known.comparable);
    expect(known.comparable).not.toMatch(/arn:|Users|Exception/);
  });
});
