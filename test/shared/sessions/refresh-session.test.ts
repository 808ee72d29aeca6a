import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { beforeEach, describe, expect } from "vitest";
import type { UserId } from "../../../shared/ids.ts";
import type { KeyRingReader } from "../../../shared/keys/key-sources.ts";
import { refreshSession } from "../../../shared/sessions/refresh-session.ts";
import type { Session, SessionRef } from "../../../shared/sessions/session.ts";
import type { TestDynamoDb } from "../../support/dynamodb.ts";
import { it } from "../../support/it.ts";
import { aRefreshKey } from "../../support/keys.ts";
import { caller, getTokens, PASSWORD, type SessionLibrary, sessionLibrary } from "../../support/session-library.ts";

const KEY = "a key of the client's own making";

let database: TestDynamoDb;
let library: SessionLibrary;

it.beforeAll(({ database: started }) => {
  database = started;
});
beforeEach(() => {
  library = sessionLibrary(database);
});

/** An execution environment whose calls fail if `isSpoiled` returns true. */
const failingEnvironment = (isSpoiled: (call: string) => boolean) => {
  const client = database.newDocumentClient();
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (!isSpoiled(String(context["commandName"]))) return next(args);
      throw Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });
    },
    { step: "initialize" },
  );
  return library.createEnvironment(client);
};

/** A client whose first `count` writes time out and take effect when `arrive` is called. */
const delayedWrites = (count: number) => {
  const client = database.newDocumentClient();
  const delayed: (() => Promise<unknown>)[] = [];
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (!String(context["commandName"]).startsWith("Update") || delayed.length === count) return next(args);
      delayed.push(() => next(args).catch(() => undefined));
      throw Object.assign(new Error("Timeout"), { name: "TimeoutError" });
    },
    { step: "initialize" },
  );
  const arrive = async () => {
    for (const write of delayed) await write();
  };
  return { client, arrive };
};

/** Copies the row of a session. `restore` writes the copy back, as a restore of the table does. */
const backUpRow = async ({ userId, sessionId }: SessionRef) => {
  const TableName = database.tableNames.sessions;
  const { Item } = await database.documentClient.send(new GetCommand({ TableName, Key: { userId, sessionId } }));
  return {
    restore: (changes: Partial<Session> = {}) =>
      database.documentClient.send(new PutCommand({ TableName, Item: { ...Item, ...changes } })),
  };
};

const aLogin = async () => getTokens(await library.logIn(await library.signUp()));

describe("a refresh", () => {
  it("rotates ten times in a row, each token once (R2)", async () => {
    let { refreshToken } = await aLogin();
    const seen = new Set([refreshToken]);
    for (let generation = 1; generation <= 10; generation += 1) {
      const tokens = getTokens(await library.refresh(refreshToken));
      expect(tokens.session.generation).toBe(generation);
      refreshToken = tokens.refreshToken;
      seen.add(refreshToken);
    }
    expect(seen.size).toBe(11);
  });

  it("of a token whose successor was used revokes the session, and the newest token is rejected too (R3)", async () => {
    const first = await aLogin();
    const second = getTokens(await library.refresh(first.refreshToken));
    const third = getTokens(await library.refresh(second.refreshToken));

    expect(await library.refresh(first.refreshToken)).toEqual({ outcome: "rejected", reason: "reused" });
    expect(await library.refresh(third.refreshToken)).toEqual({ outcome: "rejected", reason: "revoked" });
    expect(library.audited).toContainEqual(expect.objectContaining({ event: "refresh_token_reused" }));
  });

  it("of the first token after two rotations in one second is reuse (R9)", async () => {
    const first = await aLogin();
    const second = getTokens(await library.refresh(first.refreshToken));
    await library.refresh(second.refreshToken);
    expect(await library.refresh(first.refreshToken)).toMatchObject({ reason: "reused" });
  });

  it("repeated within the window returns the same successor, which can be rotated (R5)", async () => {
    const first = await aLogin();
    const second = getTokens(await library.refresh(first.refreshToken));
    library.clock.advance(30);
    const again = await library.refresh(first.refreshToken);
    expect(again.outcome).toBe("replayed");
    expect(getTokens(again).refreshToken).toBe(second.refreshToken);
    expect((await library.refresh(second.refreshToken)).outcome).toBe("rotated");
  });

  it("repeated with its Idempotency-Key returns the same successor after days (R5)", async () => {
    const first = await aLogin();
    const second = getTokens(await library.refresh(first.refreshToken, KEY));
    library.clock.advance(5 * 86_400);
    expect(getTokens(await library.refresh(first.refreshToken, KEY)).refreshToken).toBe(second.refreshToken);
  });

  it("that replays does not extend the window (R6)", async () => {
    const first = await aLogin();
    await library.refresh(first.refreshToken);
    library.clock.advance(20);
    expect((await library.refresh(first.refreshToken)).outcome).toBe("replayed");
    library.clock.advance(20);
    expect(await library.refresh(first.refreshToken)).toMatchObject({ reason: "reused" });
  });

  it("without a key removes the key of the rotation before (R6)", async () => {
    const first = await aLogin();
    const second = getTokens(await library.refresh(first.refreshToken, KEY));
    await library.refresh(second.refreshToken);
    library.clock.advance(31);
    expect(await library.refresh(second.refreshToken, KEY)).toMatchObject({ reason: "reused" });
  });

  it("is rejected at the idle and at the absolute limit, and no successor outlives the session (R7)", async () => {
    const tokens = await aLogin();
    let { refreshToken } = tokens;
    for (let day = 6; day < 30; day += 6) {
      library.clock.advance(6 * 86_400);
      const next = getTokens(await library.refresh(refreshToken));
      expect(library.clock.now() + next.refreshTokenSeconds).toBeLessThanOrEqual(tokens.session.absoluteExpiresAt);
      refreshToken = next.refreshToken;
    }
    library.clock.advance(6 * 86_400);
    expect(await library.refresh(refreshToken)).toMatchObject({ reason: "expired" });
  });

  it("issues an access token that expires with the session (S4, S2)", async () => {
    const user = await library.signUp();
    let tokens = getTokens(await library.logIn(user));
    for (const days of [6, 6, 6, 6, 5]) {
      library.clock.advance(days * 86_400);
      tokens = getTokens(await library.refresh(tokens.refreshToken));
    }
    library.clock.advance(86_400 - 60);
    expect(getTokens(await library.refresh(tokens.refreshToken)).accessTokenSeconds).toBe(60);
  });

  it("50 times at once with one token, 100 rounds, gives all clients one usable successor (R4)", async () => {
    let { refreshToken, session } = await aLogin();
    for (let round = 1; round <= 100; round += 1) {
      const responses = await Promise.all(Array.from({ length: 50 }, () => library.refresh(refreshToken)));
      const successors = new Set(responses.map((response) => getTokens(response).refreshToken));
      expect(successors.size).toBe(1);
      expect(responses.filter(({ outcome }) => outcome === "rotated")).toHaveLength(1);
      [refreshToken = ""] = successors;
    }
    const row = await library.dependencies.sessions.find(session);
    expect(row).toMatchObject({ generation: 100 });
    expect(row?.revokedAt).toBeUndefined();
  });

  it("whose user could not be read is no theft, however late the client retries, until its successor is used (S3)", async () => {
    const first = await aLogin();
    const failing = failingEnvironment((call) => call.startsWith("Get"));
    await expect(failing.refresh(first.refreshToken)).rejects.toThrow("Rate exceeded");
    library.clock.advance(3600);
    const second = getTokens(await library.refresh(first.refreshToken));
    expect(second.session.generation).toBe(1);
    expect((await library.refresh(second.refreshToken)).outcome).toBe("rotated");
    library.clock.advance(31);
    expect(await library.refresh(second.refreshToken)).toMatchObject({ reason: "reused" });
  });

  it("that fails for a token without an explanation explains nothing: the next use is theft (S3)", async () => {
    const first = await aLogin();
    await library.refresh(first.refreshToken);
    library.clock.advance(31);
    const failing = failingEnvironment((call) => call.startsWith("Get"));
    await expect(failing.refresh(first.refreshToken)).rejects.toThrow("Rate exceeded");
    expect(await library.refresh(first.refreshToken)).toMatchObject({ reason: "reused" });
  });

  it("whose response was lost, and whose token expires before the retry with its key, is no theft (R10)", async () => {
    const first = await aLogin();
    library.clock.advance(604_000);
    const second = getTokens(await library.refresh(first.refreshToken, KEY));
    library.clock.advance(800);
    expect(await library.refresh(first.refreshToken, KEY)).toEqual({ outcome: "rejected", reason: "expired" });
    expect((await library.refresh(second.refreshToken)).outcome).toBe("rotated");
    expect(library.audited).not.toContainEqual(expect.objectContaining({ event: "refresh_token_reused" }));
  });

  it("whose write takes effect after the service looked for it is no theft (R10, S3)", async () => {
    const first = await aLogin();
    // The first write stalls. The client gets a 503, and then the write takes effect.
    const { client, arrive } = delayedWrites(1);
    await expect(library.createEnvironment(client).refresh(first.refreshToken)).rejects.toThrow("Timeout");
    await arrive();
    library.clock.advance(3600);
    const again = await library.refresh(first.refreshToken);
    expect(again.outcome).toBe("replayed");
    expect((await library.refresh(getTokens(again).refreshToken)).outcome).toBe("rotated");
  });

  it("whose first of two stalled writes takes effect last is no theft (R10, S3)", async () => {
    const first = await aLogin();
    const [one, other] = [delayedWrites(1), delayedWrites(1)];
    for (const { client } of [one, other]) {
      await expect(library.createEnvironment(client).refresh(first.refreshToken)).rejects.toThrow("Timeout");
    }
    await one.arrive();
    await other.arrive();
    library.clock.advance(3600);
    expect((await library.refresh(first.refreshToken)).outcome).toBe("replayed");
  });

  it("whose retry within the window gets a 503 is no theft after the window (R10, S3)", async () => {
    const first = await aLogin();
    const second = getTokens(await library.refresh(first.refreshToken));
    library.clock.advance(20);
    const failing = failingEnvironment((call) => call.startsWith("Get"));
    await expect(failing.refresh(first.refreshToken)).rejects.toThrow("Rate exceeded");
    library.clock.advance(3600);
    expect(getTokens(await library.refresh(first.refreshToken)).refreshToken).toBe(second.refreshToken);
  });

  it("that a password change overtook is no theft after the window, also if the note of the 503 fails (R10, S3)", async () => {
    const first = await aLogin();
    await library.changePassword(first.session, PASSWORD, `${PASSWORD}, another`);
    let updates = 0;
    const failing = failingEnvironment((call) => call.startsWith("Update") && ++updates === 2);
    await expect(failing.refresh(first.refreshToken)).rejects.toThrow("Rate exceeded");
    library.clock.advance(3600);
    expect(await library.refresh(first.refreshToken)).toMatchObject({ reason: "superseded" });
  });

  it("whose account is disabled is no theft after the window, also if the revocation fails at first (R10, S3)", async () => {
    const first = await aLogin();
    await library.dependencies.users.setStatus(first.session.userId, "disabled");
    let updates = 0;
    const failing = failingEnvironment((call) => call.startsWith("Update") && ++updates === 2);
    await expect(failing.refresh(first.refreshToken)).rejects.toThrow("Rate exceeded");
    library.clock.advance(3600);
    expect(await library.refresh(first.refreshToken)).toMatchObject({ reason: "account_disabled" });
  });

  it("with a token that is newer than the restored table rotates, and an older token is reuse again (R10)", async () => {
    const first = await aLogin();
    const backUp = await backUpRow(first.session);
    const second = getTokens(await library.refresh(first.refreshToken));
    const third = getTokens(await library.refresh(second.refreshToken));
    await backUp.restore();

    const fourth = getTokens(await library.refresh(third.refreshToken, KEY));
    expect(fourth.session).toMatchObject({ generation: 3, previousJti: third.session.refreshJti });
    library.clock.advance(31);
    expect(getTokens(await library.refresh(third.refreshToken, KEY)).refreshToken).toBe(fourth.refreshToken);
    expect(await library.refresh(second.refreshToken)).toEqual({ outcome: "rejected", reason: "reused" });
    expect(await library.refresh(fourth.refreshToken)).toEqual({ outcome: "rejected", reason: "revoked" });
  });

  it("with a token that is newer than the row is rejected if the session is revoked (R3)", async () => {
    const first = await aLogin();
    const second = getTokens(await library.refresh(first.refreshToken));
    await library.logOut(first.refreshToken);
    const backUp = await backUpRow(first.session);
    await backUp.restore({ generation: 0, refreshJti: first.session.refreshJti });
    expect(await library.refresh(second.refreshToken)).toEqual({ outcome: "rejected", reason: "revoked" });
  });

  it("costs one write and one concurrent read, also if it is rejected or replays; a theft costs one more write", async () => {
    const recordCalls = async (refreshToken: string) => {
      const calls: string[] = [];
      const environment = failingEnvironment((call) => {
        calls.push(call.replace("ItemCommand", ""));
        return false;
      });
      const { outcome } = await environment.refresh(refreshToken);
      return [outcome, ...calls.sort()];
    };
    const first = await aLogin();
    expect(await recordCalls(first.refreshToken)).toEqual(["rotated", "Get", "Update"]);
    expect(await recordCalls(first.refreshToken)).toEqual(["replayed", "Get", "Update"]);
    library.clock.advance(31);
    expect(await recordCalls(first.refreshToken)).toEqual(["rejected", "Get", "Update", "Update"]);
    expect(await recordCalls(first.refreshToken)).toEqual(["rejected", "Get", "Update"]);
  });

  it("recognizes its own write if the response was lost and the SDK repeats the write", async () => {
    const first = await aLogin();
    const client = database.newDocumentClient();
    let lost = 0;
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const result = await next(args);
        if (context["commandName"] !== "UpdateItemCommand" || lost > 0) return result;
        lost += 1;
        throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET", $retryable: {} });
      },
      { step: "finalizeRequest", priority: "low" },
    );
    expect((await library.createEnvironment(client).refresh(first.refreshToken)).outcome).toBe("rotated");
    expect(lost).toBe(1);
    expect(library.audited).toContainEqual(expect.objectContaining({ event: "session_refreshed", replayed: false }));
  });

  it("that read the user before a password change of its own session does not revoke that session (R5)", async () => {
    const user = await library.signUp();
    const first = getTokens(await library.logIn(user));
    const changed = await library.changePassword(first.session, PASSWORD, `${PASSWORD}, another`, KEY);
    const { findById } = library.dependencies.users;
    let reads = 0;
    const users = {
      findById: async (userId: UserId) => {
        reads += 1;
        return reads === 1 ? user : findById(userId);
      },
    };
    const request = { refreshToken: first.refreshToken, transport: "bearer", idempotencyKey: KEY } as const;
    const again = await refreshSession({ ...library.dependencies, users }, request, caller);
    expect(again.outcome).toBe("replayed");
    expect(getTokens(again).refreshToken).toBe(changed.outcome === "changed" && changed.tokens.refreshToken);
  });

  it("with a key that this execution environment does not know reads the key ring again (K4)", async () => {
    const first = await aLogin();
    const { refresh } = library.ring();
    const asked: boolean[] = [];
    const keyRing: KeyRingReader = async (knows = () => true) => {
      const old = { ...library.ring(), refresh: { ...refresh, current: aRefreshKey("old") } };
      asked.push(knows(old));
      return knows(old) ? old : library.ring();
    };
    const outcome = await refreshSession(
      { ...library.dependencies, keyRing },
      { refreshToken: first.refreshToken, transport: "bearer" },
      caller,
    );
    expect(outcome.outcome).toBe("rotated");
    expect(asked).toEqual([false]);
    for (const token of [undefined, "junk", first.accessToken]) {
      await refreshSession({ ...library.dependencies, keyRing }, { refreshToken: token, transport: "bearer" }, caller);
    }
    expect(asked).toEqual([false, true, true, true]);
  });

  it("with a forged token costs no call", async () => {
    const { refreshToken } = await aLogin();
    const [header, claims] = refreshToken.split(".");
    const forged = `${header}.${claims}.${"A".repeat(43)}`;
    const rejected = library.createEnvironment(
      new Proxy(database.documentClient, {
        get: () => {
          throw new Error("DynamoDB was called");
        },
      }),
    );
    expect(await rejected.refresh(forged)).toEqual({ outcome: "rejected", reason: "not_genuine" });
  });

  it.each([
    ["cookie", "bearer"],
    ["bearer", "cookie"],
  ] as const)(
    "with the token of a %s session, presented as a %s token, rotates and revokes nothing (C2)",
    async (of, as) => {
      const tokens = getTokens(await library.logIn(await library.signUp(), undefined, of));
      expect(await library.refresh(tokens.refreshToken, undefined, as)).toMatchObject({ reason: "wrong_transport" });
      expect((await library.refresh(tokens.refreshToken, undefined, of)).outcome).toBe("rotated");
    },
  );

  it("stores neither a token nor an idempotency key in the row (S1)", async () => {
    const first = await aLogin();
    const second = getTokens(await library.refresh(first.refreshToken, KEY));
    const row = JSON.stringify(await library.dependencies.sessions.find(second.session));
    for (const secret of [KEY, first.refreshToken, second.refreshToken, second.accessToken]) {
      expect(row).not.toContain(secret);
      expect(row).not.toContain(secret.split(".")[2] ?? secret);
    }
  });
});
