import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, describe, expect } from "vitest";
import { deleteUser, disableUser, enableUser } from "../../shared/accounts/administer-user.ts";
import { type IdSource, randomIds } from "../../shared/ids.ts";
import { keyStores, rotateKeys } from "../../shared/keys/rotate-keys.ts";
import { toMetrics } from "../../shared/metrics/audit-metrics.ts";
import { revokeSession } from "../../shared/sessions/own-sessions.ts";
import { enforceSessionLimit, MAX_SESSIONS, revokeSessions } from "../../shared/sessions/revoke-sessions.ts";
import { openSession, type Session } from "../../shared/sessions/session.ts";
import type { Reservation } from "../../shared/throttle/attempt-counter.ts";
import { createThrottleStore } from "../../shared/throttle/throttle-store.ts";
import { addSeconds, type EpochSeconds } from "../../shared/time.ts";
import type { User } from "../../shared/users/user.ts";
import { claimKey } from "../../shared/users/user-row.ts";
import { createDocumentClient } from "../../shared/wiring/aws-clients.ts";
import type { TestDynamoDb } from "../support/dynamodb.ts";
import { type FaultyProxy, startFaultyProxy } from "../support/faulty-proxy.ts";
import { it } from "../support/it.ts";
import {
  caller,
  getTokens,
  PASSWORD,
  type SessionLibrary,
  sessionLibrary,
  sessionSettings,
} from "../support/session-library.ts";
import { guessing } from "../support/throttle.ts";
import { NOW } from "../support/time.ts";
import { cheapKeys, DAY, settings, toKids } from "./keys/builders.ts";
import { startKeyStores } from "./keys/key-stores-on-the-wire.ts";
import { anEmail, aUser } from "./users/a-user.ts";

/** The table and the condition of every write whose first response was lost. */
const lost = new Set<string>();
const noteCondition = (body: string): void => {
  const { TableName, ConditionExpression } = JSON.parse(body);
  if (ConditionExpression !== undefined) lost.add(`${TableName} ${ConditionExpression}`);
};

let database: TestDynamoDb;
let proxy: FaultyProxy;
const clients: { destroy(): void }[] = [];
it.beforeAll(async ({ database: started }) => {
  database = started;
  proxy = await startFaultyProxy(database.endpoint, { onSpoiled: noteCondition });
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await proxy.stop();
});

/** A client behind the proxy. Each write takes effect at the first try, loses its response, and is repeated by the SDK. */
const clientBehind = (endpoint: string) => {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = createDocumentClient({ endpoint, region: "eu-central-1", credentials, requestHandler: {} });
  clients.push(client);
  return client;
};
const loseFirstResponses = async <Result>(run: () => Promise<Result>, retriesFail = false): Promise<Result> => {
  proxy.arm({ call: "every write", fault: "connection dropped after the write", retriesFail });
  try {
    return await run();
  } finally {
    expect(proxy.disarm().spoiled).toBeGreaterThan(0);
  }
};

type World = {
  readonly library: SessionLibrary;
  /** The same library behind the proxy. */
  readonly faulty: ReturnType<SessionLibrary["createEnvironment"]>;
  readonly user: User;
  readonly logIn: () => Promise<Session>;
  readonly findRefreshToken: (session: Session) => string;
};

const aWorld = async (): Promise<World> => {
  const library = sessionLibrary(database);
  const user = await library.signUp();
  const tokens = new Map<string, string>();
  return {
    library,
    faulty: library.createEnvironment(clientBehind(proxy.endpoint)),
    user,
    logIn: async () => {
      const { session, refreshToken } = getTokens(await library.logIn(user));
      tokens.set(session.sessionId, refreshToken);
      return session;
    },
    findRefreshToken: ({ sessionId }) => tokens.get(sessionId) ?? "",
  };
};

/** The audit events of the test as `event reason`, without the successful logins. */
const listEvents = ({ library }: World): string[] =>
  library.audited
    .slice()
    .map((event) => ("reason" in event ? `${event.event} ${event.reason}` : event.event))
    .filter((event) => event !== "login_succeeded")
    .sort();
const revocationsCounted = ({ library }: World): number =>
  library.audited.flatMap((event) => toMetrics(event, undefined)).filter(({ name }) => name === "SessionsRevoked")
    .length;

type Case = {
  readonly name: string;
  readonly run: (world: World) => Promise<unknown>;
  /** The audit events that the case must write, each once. */
  readonly events: readonly string[];
};

const revoked = (reason: string, count = 1): string[] => Array(count).fill(`session_revoked ${reason}`);

const cases: readonly Case[] = [
  {
    name: "logout",
    run: async ({ faulty, logIn, findRefreshToken }) => {
      const session = await logIn();
      expect(await loseFirstResponses(() => faulty.logOut(findRefreshToken(session)))).toBe(true);
    },
    events: revoked("logout"),
  },
  {
    name: "logout whose tries all lose their response",
    run: async ({ faulty, logIn, findRefreshToken }) => {
      const session = await logIn();
      expect(await loseFirstResponses(() => faulty.logOut(findRefreshToken(session)), true)).toBe(true);
    },
    events: revoked("logout"),
  },
  {
    name: "logout, and the same logout again",
    run: async ({ faulty, logIn, findRefreshToken }) => {
      const session = await logIn();
      for (const _ of [1, 2]) await loseFirstResponses(() => faulty.logOut(findRefreshToken(session)));
    },
    events: revoked("logout"),
  },
  {
    name: "logout-all",
    run: async ({ faulty, logIn, user }) => {
      for (const _ of [1, 2, 3]) await logIn();
      await loseFirstResponses(() =>
        revokeSessions(faulty.dependencies, user.userId, { reason: "logout_all" }, caller),
      );
    },
    events: revoked("logout_all", 3),
  },
  {
    name: "the revocation of one session",
    run: async ({ faulty, logIn }) => {
      const { userId, sessionId } = await logIn();
      const key = { userId, sessionId };
      expect(await loseFirstResponses(() => revokeSession(faulty.dependencies, key, caller))).toBe(true);
    },
    events: revoked("revoked_by_user"),
  },
  {
    name: "the session limit",
    run: async ({ faulty, library, user }) => {
      const open = async (createdAgo: number) => {
        const opening = {
          userId: user.userId,
          sessionId: randomIds.sessionId(),
          transport: "bearer" as const,
          device: { userAgent: "test", ip: "192.0.2.1" },
          credentialVersion: 1,
          refreshJti: randomIds.tokenId(),
          refreshKid: "kid",
        };
        const session = openSession(opening, addSeconds(library.clock.now(), -createdAgo), sessionSettings);
        await library.dependencies.sessions.create(session);
        return session;
      };
      for (let age = MAX_SESSIONS; age > 0; age--) await open(age);
      const newest = await open(0);
      await loseFirstResponses(() => enforceSessionLimit(faulty.dependencies, newest, caller));
    },
    events: revoked("session_limit"),
  },
  {
    name: "token reuse",
    run: async ({ faulty, library, logIn, findRefreshToken }) => {
      const session = await logIn();
      const second = getTokens(await library.refresh(findRefreshToken(session)));
      await library.refresh(second.refreshToken);
      library.audited.length = 0;
      await loseFirstResponses(() => faulty.refresh(findRefreshToken(session)));
    },
    events: ["refresh_rejected reused", "refresh_token_reused"],
  },
  {
    name: "the refresh of a session whose password was changed",
    run: async ({ faulty, library, user, logIn, findRefreshToken }) => {
      const [session, other] = [await logIn(), await logIn()];
      await library.dependencies.users.changePassword(user.userId, "another digest", 1, other.sessionId);
      await loseFirstResponses(() => faulty.refresh(findRefreshToken(session)));
    },
    events: ["refresh_rejected credentials_changed", ...revoked("credentials_changed")],
  },
  {
    name: "the refresh of a session whose account was disabled",
    run: async ({ faulty, library, user, logIn, findRefreshToken }) => {
      const session = await logIn();
      await library.dependencies.users.setStatus(user.userId, "disabled");
      await loseFirstResponses(() => faulty.refresh(findRefreshToken(session)));
    },
    events: ["refresh_rejected account_disabled", ...revoked("account_disabled")],
  },
  {
    name: "login",
    run: async ({ faulty, library, user }) => {
      const { session } = getTokens(await loseFirstResponses(() => faulty.logIn(user)));
      expect(await library.dependencies.sessions.listLive(user.userId, library.dependencies.clock())).toEqual([
        session,
      ]);
      expect(library.audited.filter(({ event }) => event === "login_succeeded")).toHaveLength(1);
    },
    events: [],
  },
  {
    name: "refresh",
    run: async ({ faulty, library, logIn, findRefreshToken }) => {
      const session = await logIn();
      const refreshed = await loseFirstResponses(() => faulty.refresh(findRefreshToken(session)));
      expect(refreshed.outcome).toBe("rotated");
      expect(await library.dependencies.sessions.find(session)).toMatchObject({ generation: 1 });
      expect(library.audited).toContainEqual(expect.objectContaining({ event: "session_refreshed", replayed: false }));
      expect((await library.refresh(getTokens(refreshed).refreshToken)).outcome).toBe("rotated");
      library.audited.pop();
    },
    events: ["session_refreshed"],
  },
  {
    name: "the mark of a rotation whose client got no response",
    run: async ({ faulty, library, logIn }) => {
      const session = await logIn();
      const failed = { presentedJti: session.refreshJti, successorJti: randomIds.tokenId(), windowStart: NOW };
      await loseFirstResponses(() => faulty.dependencies.sessions.markResponseUnknown(session, failed));
      expect(await library.dependencies.sessions.find(session)).toMatchObject({
        retryRequestedJti: session.refreshJti,
        generation: 0,
      });
    },
    events: [],
  },
  {
    name: "the mark of a token that a password change has overtaken",
    run: async ({ faulty, library, logIn }) => {
      const session = await logIn();
      await loseFirstResponses(() => faulty.dependencies.sessions.markOvertaken(session, session.refreshJti));
      expect(await library.dependencies.sessions.find(session)).toMatchObject({ overtakenJtis: [session.refreshJti] });
    },
    events: [],
  },
  {
    name: "a password change",
    run: async ({ faulty, library, user, logIn }) => {
      const [session] = [await logIn(), await logIn()];
      const change = () => faulty.changePassword(session, PASSWORD, "another battery, another staple");
      expect(await loseFirstResponses(change)).toMatchObject({ outcome: "changed" });
      expect(await library.dependencies.sessions.find(session)).toMatchObject({ generation: 1, credentialVersion: 2 });
      expect(await library.dependencies.users.findById(user.userId)).toMatchObject({ credentialVersion: 2 });
      expect(await change()).toMatchObject({ outcome: "changed" });
    },
    events: ["password_changed", ...revoked("credentials_changed")],
  },
  {
    name: "the upgrade of a digest",
    run: async ({ faulty, library, user }) => {
      const { users } = faulty.dependencies;
      await loseFirstResponses(() => users.updateDigest(user.userId, "stronger", user.passwordDigest));
      expect(await library.dependencies.users.findById(user.userId)).toEqual({ ...user, passwordDigest: "stronger" });
    },
    events: [],
  },
  {
    name: "the invalidation of all device tokens",
    run: async ({ faulty, library, user }) => {
      expect(await loseFirstResponses(() => faulty.dependencies.users.forgetDevices(user.userId))).toBe(true);
      expect((await library.dependencies.users.findById(user.userId))?.deviceEpoch).toBeGreaterThan(0);
    },
    events: [],
  },
  {
    name: "disabling and enabling an account, each twice",
    run: async ({ faulty, library, user, logIn }) => {
      await logIn();
      for (const administer of [disableUser, disableUser, enableUser, enableUser]) {
        expect(await loseFirstResponses(() => administer(faulty.dependencies, user.userId, caller))).toBe(true);
      }
      expect(await library.dependencies.users.findById(user.userId)).toMatchObject({ credentialVersion: 3 });
    },
    events: ["account_disabled", "account_enabled", ...revoked("account_disabled")],
  },
  {
    name: "disabling an account while all tries lose their response",
    run: async ({ faulty, user }) => {
      expect(await loseFirstResponses(() => disableUser(faulty.dependencies, user.userId, caller), true)).toBe(true);
    },
    events: ["account_disabled"],
  },
  {
    name: "the deletion of an account",
    run: async ({ faulty, library, user, logIn }) => {
      await logIn();
      expect(await loseFirstResponses(() => deleteUser(faulty.dependencies, user.userId, caller))).toBe(true);
      expect(await library.dependencies.users.findByEmail(user.normalizedEmail)).toBeUndefined();
      expect(await library.dependencies.users.findById(user.userId)).toBeUndefined();
    },
    events: ["account_deleted", ...revoked("account_disabled")],
  },
  {
    name: "two deletions of one account at once",
    run: async ({ faulty, user }) => {
      const run = () => deleteUser(faulty.dependencies, user.userId, caller);
      await loseFirstResponses(() => Promise.all([run(), run()]));
    },
    events: ["account_deleted"],
  },
  {
    name: "a registration",
    run: async ({ faulty, library }) => {
      const user = aUser({ email: `${randomIds.userId()}@example.com` });
      expect(await loseFirstResponses(() => faulty.dependencies.users.create(user))).toEqual({ outcome: "created" });
      expect(await library.dependencies.users.findByEmail(user.normalizedEmail)).toEqual(user);
    },
    events: [],
  },
  {
    name: "a registration that takes over the claim of an account that is gone",
    run: async ({ faulty, library }) => {
      const user = aUser({ email: `${randomIds.userId()}@example.com` });
      const Item = { ...claimKey(anEmail(user.email)), userId: randomIds.userId() };
      await database.documentClient.send(new PutCommand({ TableName: database.tableNames.users, Item }));
      expect(await loseFirstResponses(() => faulty.dependencies.users.create(user))).toEqual({ outcome: "created" });
      expect(await library.dependencies.users.findByEmail(user.normalizedEmail)).toEqual(user);
    },
    events: [],
  },
];

describe("when the response to the first try of every write is lost, and the SDK repeats the write", () => {
  it.each(cases)("$name takes effect once and is recorded once", async ({ run, events }) => {
    const world = await aWorld();
    await run(world);
    expect(listEvents(world)).toEqual(events.toSorted());
    const ends = events.filter((event) => /^(?:session_revoked|refresh_token_reused)/.test(event));
    expect(revocationsCounted(world)).toBe(ends.length);
  });
});

describe("a throttle whose every write loses the response to its first try", () => {
  const aCounter = () => {
    const pk = randomIds.userId();
    const ids: Pick<IdSource, "writeId"> = randomIds;
    const store = createThrottleStore(database.documentClient, database.tableNames.throttle, ids);
    const faulty = createThrottleStore(clientBehind(proxy.endpoint), database.tableNames.throttle, ids);
    const row = async (key: string = pk) => {
      const get = new GetCommand({ TableName: database.tableNames.throttle, Key: { pk: key } });
      const { Item } = await database.documentClient.send(get);
      return { ...Item, count: Item?.["attemptIds"]?.size ?? 0 };
    };
    const reserve = async (by = store, at = NOW): Promise<Reservation> => {
      const attempt = await by.reserve(pk, guessing, at);
      if (!attempt.admitted) throw new Error("The attempt was rejected");
      return attempt;
    };
    const lose = <Result>(run: () => Promise<Result>) => loseFirstResponses(run);
    return { pk, store, faulty, row, reserve, lose };
  };

  it("counts an attempt in a window once, also the last admitted attempt, and removes the attempt once", async () => {
    const { pk, store, faulty, row, lose } = aCounter();
    const limit = { max: 2, windowSeconds: 60 };
    const first = await lose(() => faulty.countInWindow(pk, limit, NOW));
    const last = await lose(() => faulty.countInWindow(pk, limit, NOW));
    expect([first, last]).toMatchObject([{ admitted: true }, { admitted: true }]);
    expect(await store.countInWindow(pk, limit, NOW)).toMatchObject({ admitted: false });
    if (!last.admitted) throw new Error("The attempt was rejected");
    await lose(() => faulty.uncount(last));
    expect(await row(last.pk)).toMatchObject({ count: 1 });
  });

  it("counts a guess once, and admits a repeat that meets the delay which its own first try started", async () => {
    const { faulty, row, reserve, lose } = aCounter();
    for (let count = 1; count <= guessing.failuresBeforeBackoff; count++) {
      expect(await lose(() => reserve(faulty))).toMatchObject({ admitted: true, count });
      expect(await row()).toMatchObject({ count });
    }
  });

  it("counts a guess once after the record before it has expired", async () => {
    const { faulty, row, reserve, lose } = aCounter();
    await reserve();
    const later = addSeconds(NOW, guessing.memorySeconds);
    expect(await lose(() => reserve(faulty, later))).toMatchObject({ count: 1 });
    expect(await row()).toMatchObject({ count: 1, lastAttemptAt: later });
  });

  it("withdraws a guess once, with its delay", async () => {
    const { faulty, row, reserve, lose } = aCounter();
    await reserve();
    const attempt = await lose(() => reserve(faulty, addSeconds(NOW, 7)));
    expect(await row()).toMatchObject({ count: 2, lastAttemptAt: NOW + 7 });
    await lose(() => faulty.withdraw(attempt));
    expect(await row()).toMatchObject({ count: 1, lastAttemptAt: NOW });
  });

  it("withdraws a guess once if another attempt was counted after it", async () => {
    const { faulty, row, reserve, lose } = aCounter();
    const attempt = await reserve();
    await reserve(undefined, addSeconds(NOW, 7));
    await lose(() => faulty.withdraw(attempt));
    expect(await row()).toMatchObject({ count: 1, lastAttemptAt: NOW + 7 });
  });

  it("removes the failures once", async () => {
    const { pk, faulty, row, reserve, lose } = aCounter();
    await reserve();
    await lose(() => faulty.reset(pk, guessing, NOW));
    expect(await row()).toMatchObject({ count: 0 });
  });
});

it("a key rotation whose every write loses the response to its first try makes and publishes each key once", async () => {
  const wire = await startKeyStores();
  const between = await startFaultyProxy(wire.url, { onSpoiled: noteCondition });
  const stores = keyStores({
    ...wire.aws,
    secrets: wire.newSecretsClient(between.endpoint),
    dynamodb: clientBehind(between.endpoint),
  });
  const changes: string[] = [];
  const runAt = (now: EpochSeconds) =>
    rotateKeys(
      {
        stores,
        settings: settings(),
        generate,
        clock: () => now,
        onChange: ({ kid }) => changes.push(kid),
      },
      { action: "maintain" },
    );
  const generate = cheapKeys();
  between.arm({ call: "every write", fault: "connection dropped after the write", retriesFail: false });
  const keys = await runAt(NOW);
  if (keys === undefined) throw new Error("The rotation made no keys");
  expect(toKids(keys.ring)).toEqual({ current: "k1", next: ["k2"], previous: [] });
  expect(keys.published).toMatchObject({ revision: 1, keys: [{ jwk: { kid: "k1" } }, { jwk: { kid: "k2" } }] });
  expect(new Set(changes).size).toBe(changes.length);
  // A second publication, which replaces the first.
  await runAt(addSeconds(NOW, 30 * DAY));
  expect(await stores.readPublished()).toMatchObject({ revision: 2 });
  expect(between.disarm().spoiled).toBeGreaterThan(2);
  await between.stop();
  await wire.stop();
});

describe("the list of writes above", () => {
  /**
   * For each table, the number of conditions in each file, and the number of different conditions that a client sends. A new
   * condition needs a case above that loses its response.
   */
  const conditions: Readonly<
    Record<string, { readonly inSource: Readonly<Record<string, number>>; readonly sent: number }>
  > = {
    Keys: { inSource: { "keys/public-key-store.ts": 2 }, sent: 2 },
    // The revocation has two conditions: for a session of any transport, and for a session of one transport.
    Sessions: { inSource: { "sessions/rotation-store.ts": 3, "sessions/session-store.ts": 2 }, sent: 6 },
    Throttle: {
      inSource: { "throttle/attempt-counter.ts": 4, "throttle/throttle-row.ts": 1, "throttle/window-counter.ts": 1 },
      sent: 6,
    },
    // The row and the claim of a new account have the same condition.
    Users: { inSource: { "users/create-user.ts": 4, "users/user-store.ts": 4 }, sent: 7 },
  };

  it("names every condition in shared/", () => {
    const root = join(import.meta.dirname, "../../shared");
    const found: Record<string, number> = {};
    for (const file of readdirSync(root, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts")) continue;
      const count = readFileSync(join(root, file), "utf8").match(/\bConditionExpression:/g)?.length;
      if (count !== undefined) found[file.replaceAll("\\", "/")] = count;
    }
    expect(found).toEqual(Object.assign({}, ...Object.values(conditions).map(({ inSource }) => inSource)));
  });

  it.each(Object.entries(conditions))(
    "has lost a response to a write under each condition on the table %s",
    (table, { sent }) => {
      expect([...lost].filter((each) => each.startsWith(`${table} `))).toHaveLength(sent);
    },
  );
});
