import { describe, expect, it } from "vitest";
import { createClient, memoryStorage, type SessionStorage } from "../../client/index.ts";
import { createNetwork } from "./network.ts";

const BASE_URL = "https://auth.example.com";
const CHANGE = { currentPassword: "seven quiet herons", newPassword: "nine patient otters" };

const tokens = (name: string) => ({
  access_token: `access ${name}`,
  refresh_token: `refresh ${name}`,
  token_type: "Bearer",
  expires_in: 900,
  user: { id: "user" },
});
const json = (status: number, body: unknown) => Response.json(body, { status });

/** A client that is signed in. The first response to its password change is "later", and `meanwhile` happens before the retry. */
const aClientDuring = async (meanwhile: (storage: SessionStorage) => Promise<unknown>) => {
  let changes = 0;
  const network = createNetwork(async (url, init) => {
    if (String(url) === `${BASE_URL}/auth/login`) return json(200, tokens("of the login"));
    changes += 1;
    if (changes === 1) return json(503, { error: "temporarily_unavailable", error_description: "", request_id: "" });
    return new Headers(init?.headers).has("authorization")
      ? json(200, tokens("of the change"))
      : json(401, { error: "invalid_token", error_description: "", request_id: "" });
  });
  const storage = memoryStorage();
  const client = createClient({
    transport: "bearer",
    baseUrl: BASE_URL,
    storage,
    fetch: network.fetch,
    sleep: async () => void (await meanwhile(storage)),
  });
  await client.login({ email: "jane@example.com", password: CHANGE.currentPassword });
  const getSent = () =>
    network
      .to("/auth/password")
      .map(({ headers }) => [headers.get("authorization"), headers.get("idempotency-key")] as const);
  return { client, storage, getSent };
};

describe("the retry of a password change", () => {
  it("has the access token and the key of the session that another process has stored meanwhile (R5, P7)", async () => {
    const other = { ...tokens("of the refresh"), idempotency_key: "the key of the refresh" };
    const { client, getSent } = await aClientDuring((storage) => storage.set(JSON.stringify(other)));
    await client.changePassword(CHANGE);
    const [first, second] = getSent();
    expect(first).toEqual(["Bearer access of the login", expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(second).toEqual(["Bearer access of the refresh", "the key of the refresh"]);
  });

  it("has neither a token nor a key of a session that the user has left meanwhile (O2)", async () => {
    const { client, getSent } = await aClientDuring((storage) => storage.set(undefined));
    await expect(client.changePassword(CHANGE)).rejects.toMatchObject({ status: 401 });
    expect(getSent().slice(1)).toEqual([[null, null]]);
    expect(await client.isSignedIn()).toBe(false);
  });
});
