import { createHash } from "node:crypto";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect } from "vitest";
import { deployedStackUrl, skipCurrentTest } from "../support/deployed-stack.ts";
import { it } from "../support/it.ts";
import type { Service } from "../support/service-process.ts";
import { type Account, type ApiResponse, anAccount } from "../support/session-api.ts";
import { type Engine, startEngine } from "./support/engine.ts";
import { expectError } from "./support/expectations.ts";

let engine: Engine;
let service: Service;
let account: Account;

it.override("serviceOptions", async () => {
  engine = await startEngine();
  return { dynamoDbEndpoint: engine.url };
});
it.beforeAll(async ({ service: started }) => {
  service = started;
  account = await service.newAccount();
});

/** Changes the row of an account in the database, like an operator or a bad import. */
const tamperWith = async ({ email }: Account, attribute: string, value: unknown): Promise<void> => {
  const { tableName, rows } = await engine.read("Users");
  const row = rows.find((each) => each["email"] === email);
  await engine.documentClient.send(
    new UpdateCommand({
      TableName: tableName,
      Key: { pk: row?.["pk"] },
      UpdateExpression: "SET #attribute = :value",
      ExpressionAttributeNames: { "#attribute": attribute },
      ExpressionAttributeValues: { ":value": value },
    }),
  );
};

const tamperedAccount = async (attribute: string, value: unknown): Promise<Account> => {
  if (deployedStackUrl !== undefined) skipCurrentTest("needs a view into the database");
  const tampered = await service.newAccount();
  await tamperWith(tampered, attribute, value);
  return tampered;
};

/** The parts of a response by which a client can distinguish responses. The request id is left out. */
const fingerprint = ({ status, headers, text }: ApiResponse) => ({
  status,
  headerNames: [...headers.keys()].sort(),
  text: text.replace(/"request_id":"[^"]+"/, '"request_id":"…"'),
});

describe("a login that fails", () => {
  it("gets the same response for every reason, so that no response shows whether the account exists (L1, P6)", async () => {
    const unknown = anAccount();
    const failures: Record<string, Account> = {
      "a wrong password": { ...account, password: "not the password at all" },
      "a password in another case": { ...account, password: account.password.toUpperCase() },
      "an empty password": { ...account, password: "" },
      "an unknown address": unknown,
      "a text that is not an address": { ...account, email: "not an address" },
      "an empty address": { ...account, email: "" },
      "a disabled account": await tamperedAccount("status", "disabled"),
      "an account without a digest": await tamperedAccount("passwordDigest", null),
      "an account with a malformed digest": await tamperedAccount("passwordDigest", "$2b$12$tooshort"),
      "an account with a digest of cost 31": await tamperedAccount("passwordDigest", `$2b$31$${"a".repeat(53)}`),
      "an account with a digest of type 2x": await tamperedAccount("passwordDigest", `$2x$04$${"a".repeat(53)}`),
    };
    const expected = fingerprint(await service.login({ ...account, password: "not it either, alas" }));
    expect(expected).toMatchObject({ status: 401, text: expect.stringContaining('"invalid_credentials"') });
    for (const [what, credentials] of Object.entries(failures)) {
      expect({ what, ...fingerprint(await service.login(credentials)) }).toEqual({ what, ...expected });
      await service.advance(61);
    }
  });

  it("opens no session and sets no cookie", async () => {
    const { refresh_token, access_token } = await service.signIn(account);
    const response = await service.login({ ...account, password: "not the password at all" });
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.text).not.toContain("token");
    await service.logout(refresh_token);
    const sessions = await service.call("GET", "/auth/sessions", { bearer: access_token });
    expectError(sessions, 401, "invalid_token");
  });

  it("is a login with credentials of the wrong type, which is never a 5xx (L4)", async () => {
    for (const wrong of [null, 7, true, {}, [], ["x"], { $ne: null }, { length: 20 }]) {
      for (const body of [
        { ...account, password: wrong },
        { ...account, email: wrong },
        { email: wrong, password: wrong },
      ]) {
        expectError(await service.call("POST", "/auth/login", { body }), 400, "invalid_request");
      }
    }
    for (const body of [{ email: account.email }, { password: account.password }, {}]) {
      expectError(await service.call("POST", "/auth/login", { body }), 400, "invalid_request");
    }
  });

  it("is a login by GET or with credentials in the URL (L4)", async () => {
    const query = new URLSearchParams(account);
    expectError(await service.call("GET", `/auth/login?${query}`), 404, "not_found");
    expectError(await service.call("POST", `/auth/login?${query}`), 400, "invalid_request");
  });
});

describe("an address", () => {
  it("is compared without letter case and outer white space", async () => {
    const { email, password } = account;
    for (const typed of [email.toUpperCase(), ` ${email} `]) {
      expect(await service.login({ email: typed, password })).toMatchObject({ status: 200 });
    }
    expectError(await service.register({ ...account, email: email.toUpperCase() }), 409, "account_exists");
  });
});

/** Different characters in an order that is not a sequence. */
const differentCharacters = (first: number, count: number): string =>
  Array.from({ length: count }, (_, index) => String.fromCodePoint(first + ((index * 29) % count))).join("");

describe("a password", () => {
  const withPassword = async (password: string): Promise<Account> => {
    const chosen = { ...anAccount(), password };
    expect(await service.register(chosen)).toMatchObject({ status: 201 });
    return chosen;
  };

  it.each([
    ["64 emoji, 256 bytes", differentCharacters(0x1f400, 64)],
    ["256 code points", differentCharacters(0x4e00, 256)],
    ["330 code points as typed and 220 in NFC", `${differentCharacters(0x4e00, 110)}${"e\u0301".repeat(110)}`],
    ["spaces alone between words", "   three   words   "],
    ["no digit, no capital, no sign", "justquietlowercase"],
  ])("of %s is accepted (P2, P4)", async (_, password) => {
    expect(await service.login(await withPassword(password))).toMatchObject({ status: 200 });
  });

  it("is the same in NFC and in NFD (P4)", async () => {
    const typed = "Übergrößenträger äöü";
    const composed = await withPassword(typed.normalize("NFC"));
    expect(await service.login({ ...composed, password: typed.normalize("NFD") })).toMatchObject({ status: 200 });
    const decomposed = await withPassword(typed.normalize("NFD"));
    expect(await service.login({ ...decomposed, password: typed.normalize("NFC") })).toMatchObject({ status: 200 });
  });

  it("is not cut: one that differs after 72 bytes is another (P3)", async () => {
    const first72 = createHash("sha512").update("first 72 bytes").digest("base64url").slice(0, 72);
    const chosen = await withPassword(`${first72}A`);
    for (const other of [`${first72}B`, first72, `${first72}AA`, `${first72}A\u0000`]) {
      expectError(await service.login({ ...chosen, password: other }), 401, "invalid_credentials");
    }
    expect(await service.login(chosen)).toMatchObject({ status: 200 });
  });

  it("of more than 256 code points is rejected before it is hashed, also at login (P2)", async () => {
    const tooLong = "x".repeat(257);
    expectError(await service.register({ ...anAccount(), password: tooLong }), 400, "invalid_password");
    expectError(await service.login({ ...account, password: tooLong }), 400, "invalid_request");
  });

  it.each([
    ["shorter than 15 code points", () => "14 characters!", /15/],
    ["of 14 emoji", () => "🦦".repeat(14), /15/],
    ["common", () => "passwordpassword", /common/],
    ["common and long", () => "password".repeat(7), /common/],
    ["one character 64 times", () => "🦦".repeat(64), /easily guessed/],
    ["the name of the service", () => "my latchkey password", /name of the service/],
  ])("%s is rejected with the reason (P1, P5)", async (_, password, reason) => {
    const response = await service.register({ ...anAccount(), password: password() });
    expectError(response, 400, "invalid_password");
    expect(response.body).toMatchObject({ error_description: expect.stringMatching(reason) });
  });

  it("that contains the local part of the address is rejected with the reason (P5)", async () => {
    const response = await service.register({ email: "florentina@example.com", password: "florentina's password" });
    expectError(response, 400, "invalid_password");
    expect(response.body).toMatchObject({ error_description: expect.stringMatching(/e-mail/) });
  });
});

describe("a registration", () => {
  it("of one address by twenty parallel requests creates one account (S4)", async () => {
    const wanted = anAccount();
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, index) => service.register({ ...wanted, name: `Claimant ${index}` })),
    );
    expect(responses.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(409)]);
    const winner = responses.find(({ status }) => status === 201);
    const { access_token } = await service.signIn(wanted);
    expect((await service.me(access_token)).body).toEqual(winner?.body);
    const { rows } = await engine.read("Users");
    expect(rows.filter(({ email }) => email === wanted.email)).toHaveLength(1);
  });

  it("sets the address, the password and the name, and nothing else", async () => {
    const wanted = { ...anAccount(), roles: ["admin"], status: "disabled", userId: "chosen", id: "chosen" };
    const response = await service.call("POST", "/auth/register", { body: wanted });
    expect(response.status).toBe(201);
    expect(response.body).toMatchObject({ user: { roles: [], id: expect.not.stringMatching("chosen") } });
    expect(await service.login(wanted)).toMatchObject({ status: 200 });
  });

  it.each([
    "",
    "nobody",
    "@example.com",
    "a@",
    "a b@example.com",
    "a@example.com\r\nbcc: b@example.com",
    "a".repeat(400),
  ])("of %j is rejected, because it is not an address", async (email) => {
    expectError(await service.register({ email, password: "seven quiet herons" }), 400, "invalid_request");
  });
});
