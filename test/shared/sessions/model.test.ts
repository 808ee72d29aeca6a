import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { deleteUser, disableUser, enableUser } from "../../../shared/accounts/administer-user.ts";
import { accessKeys } from "../../../shared/keys/key-ring.ts";
import { toPublicJwk } from "../../../shared/keys/public-keys.ts";
import { verificationKeys } from "../../../shared/keys/verification-keys.ts";
import {
  authorize,
  type Credential,
  lookup,
  type RevocationCheck,
  stateless,
} from "../../../shared/sessions/authorize.ts";
import { logOutAll } from "../../../shared/sessions/log-out-all.ts";
import { revokeSession } from "../../../shared/sessions/own-sessions.ts";
import type { Transport } from "../../../shared/sessions/session.ts";
import { verifyAccessToken } from "../../../shared/tokens/verify-access-token.ts";
import type { TestDynamoDb } from "../../support/dynamodb.ts";
import { it } from "../../support/it.ts";
import { anAccessKey, aRefreshKey } from "../../support/keys.ts";
import { searchRuns } from "../../support/runs.ts";
import { caller, getTokens, PASSWORD, type SessionLibrary, sessionLibrary } from "../../support/session-library.ts";
import { verifierSettings } from "../../support/tokens.ts";
import {
  currentToken,
  expectRefresh,
  isModelAlive,
  type Model,
  opened,
  receive,
  renewed,
  revoke,
  revokeAll,
  rotated,
  toldToRetry,
} from "./session-model.ts";

const STALENESS_SECONDS = 5;
const REQUEST_TO_RETRY = { code: "temporarily_unavailable" };

/** The library, and an authorizer of each mode. */
type Real = {
  readonly library: SessionLibrary;
  readonly modes: Readonly<Record<"stateless" | "feed" | "lookup", RevocationCheck>>;
};

let database: TestDynamoDb;
it.beforeAll(({ database: started }) => {
  database = started;
});

const startReal = (): Real => {
  const library = sessionLibrary(database);
  const clock = library.clock.now;
  return {
    library,
    modes: {
      stateless,
      lookup: lookup(library.dependencies.sessions, clock),
      feed: library.createFeed(database.documentClient, { maxStalenessSeconds: STALENESS_SECONDS }),
    },
  };
};

const allows = async (
  { library, modes }: Real,
  mode: keyof Real["modes"],
  credential: Credential,
): Promise<boolean> => {
  const keys = await verificationKeys(accessKeys(library.ring()).map(toPublicJwk));
  const verify = (presented: string) =>
    verifyAccessToken(presented, async (kid) => keys.get(kid), verifierSettings, library.clock.now());
  const { outcome } = await authorize({ verify, isRevoked: modes[mode], requiredScopes: [] }, credential);
  return outcome === "allowed";
};

/** Checks R1 to R10, O2 and O4 from outside after every step. */
const checkInvariants = async (model: Model, real: Real): Promise<void> => {
  for (const session of model.sessions) {
    const alive = isModelAlive(model, session);
    expect(await real.library.isUsable(session.key)).toBe(alive);

    const credential = { transport: session.transport, token: session.access.text, passesCsrfCheck: () => true };
    const tokenLives = model.now < session.access.expiresAt + verifierSettings.clockToleranceSeconds;
    expect(await allows(real, "stateless", credential)).toBe(tokenLives);
    expect(await allows(real, "lookup", credential)).toBe(tokenLives && alive);
    const fedAllows = await allows(real, "feed", credential);
    if (session.revokedAt === undefined) expect(fedAllows).toBe(tokenLives);
    else if (model.now - session.revokedAt >= STALENESS_SECONDS) expect(fedAllows).toBe(false);

    if (session.outdated === undefined) continue;
    const outdated = { transport: session.transport, token: session.outdated.text, passesCsrfCheck: () => true };
    expect(await allows(real, "lookup", outdated)).toBe(false);
    if (model.now - session.outdated.since >= STALENESS_SECONDS) {
      expect(await allows(real, "feed", outdated)).toBe(false);
    }
  }
};

type Step = fc.AsyncCommand<Model, Real>;

/** A command of the search: `run` makes the same step in the model and in the library and compares. Then all sessions are checked. */
const step = (
  name: string,
  check: (model: Model) => boolean,
  run: (model: Model, real: Real) => Promise<void>,
): Step => ({
  check,
  run: async (model, real) => {
    await run(model, real);
    await checkInvariants(model, real);
  },
  toString: () => name,
});

const pick = <Item>(items: readonly Item[], index: number): Item => {
  const item = items[index % items.length];
  if (item === undefined) throw new Error("Nothing to pick from");
  return item;
};

const hasSession = (model: Model): boolean => model.sessions.length > 0;

const login = (userIndex: number, transport: Transport, wrong: boolean): Step =>
  step(
    `login(user ${userIndex}, ${transport}${wrong ? ", wrong password" : ""})`,
    () => true,
    async (model, { library }) => {
      const { user, password, disabled } = pick(model.users, userIndex);
      const tokens = await library.logIn(user, wrong ? `not ${password}` : password, transport);
      if (wrong || disabled) {
        expect(tokens).toBeUndefined();
      } else {
        model.sessions.push(opened(model, userIndex % model.users.length, transport, getTokens(tokens)));
      }
    },
  );

/** A refresh with the token that is `back` tokens older than the current token. */
const refresh = (index: number, back: number, key: string | undefined): Step =>
  step(
    `refresh(session ${index}, ${back} back, ${key ?? "no key"})`,
    (model) => hasSession(model) && pick(model.sessions, index).tokens.length > back,
    async (model, { library }) => {
      const session = pick(model.sessions, index);
      const presented = session.tokens.at(-1 - back) ?? currentToken(session);
      const expected = expectRefresh(model, session, presented, key);
      const refreshing = library.refresh(presented.text, key, session.transport);
      if (expected === "overtaken") {
        await expect(refreshing).rejects.toMatchObject(REQUEST_TO_RETRY);
        return toldToRetry(session, presented);
      }
      const response = await refreshing;
      switch (expected) {
        case "rotated":
          expect(response.outcome).toBe("rotated");
          return rotated(model, session, presented, getTokens(response), key);
        case "superseded":
          return expect(response).toMatchObject({ outcome: "rejected", reason: "superseded" });
        case "replayed":
          expect(response.outcome).toBe("replayed");
          expect(getTokens(response).refreshToken).toBe(currentToken(session).text);
          return receive(model, session, getTokens(response));
        case "theft":
          expect(response).toMatchObject({ outcome: "rejected", reason: "reused" });
          return revoke(model, session);
        case "over":
          expect(response).toMatchObject({ outcome: "rejected", reason: expect.not.stringMatching("reused") });
      }
    },
  );

const lostResponseThenRetry = (index: number, key: string | undefined, offlineSeconds: number): Step =>
  step(
    `lose the response (session ${index}, ${key ?? "no key"}), retry after ${offlineSeconds} s`,
    (model) => hasSession(model) && isModelAlive(model, pick(model.sessions, index)),
    async (model, { library }) => {
      const session = pick(model.sessions, index);
      const held = currentToken(session);
      const lost = getTokens(await library.refresh(held.text, key, session.transport));
      rotated(model, session, held, lost, key);
      advanceBoth(model, library, offlineSeconds);
      const expected = expectRefresh(model, session, held, key);
      const retry = await library.refresh(held.text, key, session.transport);
      if (expected === "replayed") {
        expect(getTokens(retry).refreshToken).toBe(lost.refreshToken);
        receive(model, session, getTokens(retry));
      } else {
        expect(retry.outcome).toBe("rejected");
        if (expected === "theft") revoke(model, session);
      }
    },
  );

const logout = (index: number, back: number): Step =>
  step(`logout(session ${index}, token ${back} back)`, hasSession, async (model, { library }) => {
    const session = pick(model.sessions, index);
    await library.logOut((session.tokens.at(-1 - back) ?? currentToken(session)).text, session.transport);
    revoke(model, session);
  });

const logoutAll = (index: number, keepCurrent: boolean): Step =>
  step(`logout-all(session ${index}${keepCurrent ? ", keep it" : ""})`, hasSession, async (model, { library }) => {
    const session = pick(model.sessions, index);
    const except = keepCurrent ? session.key.sessionId : undefined;
    await logOutAll(library.dependencies, session.key.userId, except, caller);
    revokeAll(model, session.userIndex, keepCurrent ? session : undefined);
  });

const revokeDevice = (index: number): Step =>
  step(`revoke(session ${index}) from the list of devices`, hasSession, async (model, { library }) => {
    const session = pick(model.sessions, index);
    expect(await revokeSession(library.dependencies, session.key, caller)).toBe(true);
    revoke(model, session);
  });

const passwordChange = (index: number, wrong: boolean, key: string | undefined): Step =>
  step(`change password(session ${index}${wrong ? ", wrong" : ""})`, hasSession, async (model, { library }) => {
    const session = pick(model.sessions, index);
    const owner = pick(model.users, session.userIndex);
    const next = `${PASSWORD} number ${model.now}`;
    const given = wrong ? `not ${owner.password}` : owner.password;
    const response = await library.changePassword(session.key, given, next, key);
    if (owner.disabled || !isModelAlive(model, session)) {
      expect(response.outcome).toBe("session_over");
    } else if (wrong && !(next === owner.password && owner.changedBy === session)) {
      expect(response.outcome).toBe("wrong_password");
    } else if (response.outcome === "changed") {
      // Made twice in a second with one new password, the change is one change: the second try revokes and rotates nothing.
      if (response.tokens.refreshToken === currentToken(session).text) return receive(model, session, response.tokens);
      owner.password = next;
      owner.changedBy = session;
      revokeAll(model, session.userIndex, session);
      renewed(model, session, response.tokens, key);
    } else {
      expect.unreachable(`a password change had the outcome ${response.outcome}`);
    }
  });

/**
 * Refreshes a few times, then writes the earlier row again, as a restore of the table does. The tokens of those refreshes are then
 * newer than the row.
 */
const restore = (index: number, refreshes: number, key: string | undefined): Step =>
  step(
    `restore(session ${index}) to before ${refreshes} refreshes`,
    (model) => hasSession(model) && isModelAlive(model, pick(model.sessions, index)),
    async (model, { library }) => {
      const session = pick(model.sessions, index);
      const { userId, sessionId } = session.key;
      const table = database.tableNames.sessions;
      const { Item } = await database.documentClient.send(
        new GetCommand({ TableName: table, Key: { userId, sessionId } }),
      );
      const { row } = session;
      for (let count = 0; count < refreshes; count += 1) {
        const presented = currentToken(session);
        const tokens = getTokens(await library.refresh(presented.text, key, session.transport));
        rotated(model, session, presented, tokens, key);
      }
      await database.documentClient.send(new PutCommand({ TableName: table, Item }));
      session.row = row;
    },
  );

const setDisabled = (userIndex: number, disabled: boolean): Step =>
  step(
    `${disabled ? "disable" : "enable"}(user ${userIndex})`,
    () => true,
    async (model, { library }) => {
      const owner = pick(model.users, userIndex);
      const found = await (disabled ? disableUser : enableUser)(library.dependencies, owner.user.userId, caller);
      expect(found).toBe(!owner.deleted);
      owner.disabled = disabled || owner.deleted;
      if (disabled) revokeAll(model, userIndex % model.users.length);
    },
  );

const remove = (userIndex: number): Step =>
  step(
    `delete(user ${userIndex})`,
    (model) => model.sessions.length > 3,
    async (model, { library }) => {
      const owner = pick(model.users, userIndex);
      expect(await deleteUser(library.dependencies, owner.user.userId, caller)).toBe(!owner.deleted);
      owner.disabled = true;
      owner.deleted = true;
      revokeAll(model, userIndex % model.users.length);
    },
  );

const advanceBoth = (model: Model, library: SessionLibrary, seconds: number): void => {
  model.now += seconds;
  library.clock.advance(seconds);
};

const advance = (seconds: number): Step =>
  step(
    `advance(${seconds} s)`,
    () => true,
    async (model, { library }) => advanceBoth(model, library, seconds),
  );

let keysMade = 0;
const rotateKeys: Step = step(
  "rotate keys",
  () => true,
  async (_model, { library }) => {
    const { access, refresh, ...rest } = library.ring();
    const retiredAt = library.clock.now();
    keysMade += 1;
    library.useRing({
      ...rest,
      access: {
        current: anAccessKey("EdDSA", `access-${keysMade}`),
        next: [],
        previous: [...access.previous, { ...access.current, retiredAt }],
      },
      refresh: {
        current: aRefreshKey(`refresh-${keysMade}`),
        next: [],
        previous: [...refresh.previous, { ...refresh.current, retiredAt }],
      },
    });
  },
);

const index = fc.nat({ max: 5 });
const user = fc.nat({ max: 1 });
const anyTransport = fc.constantFrom<Transport>("bearer", "bearer", "cookie");
const back = fc.constantFrom(0, 0, 0, 1, 1, 2);
const key = fc.constantFrom(undefined, "key-of-the-client-1", "key-of-the-client-2");
const seconds = fc.constantFrom(1, 4, 5, 29, 30, 31, 899, 900, 906, 1799, 1800, 86_400, 604_799, 604_800, 2_000_000);

const steps = [
  fc.tuple(user, anyTransport, fc.boolean()).map(([...of]) => login(of[0], of[1], of[2] && of[0] === 1)),
  fc.tuple(index, back, key).map(([...of]) => refresh(...of)),
  fc.tuple(index, back, key).map(([...of]) => refresh(...of)),
  fc.tuple(index, key, seconds).map(([...of]) => lostResponseThenRetry(...of)),
  fc.tuple(index, back).map(([...of]) => logout(...of)),
  fc.tuple(index, fc.boolean()).map(([...of]) => logoutAll(...of)),
  fc.tuple(index).map(([...of]) => revokeDevice(...of)),
  fc.tuple(index, fc.boolean(), key).map(([...of]) => passwordChange(...of)),
  fc.tuple(index, fc.constantFrom(1, 2), key).map(([...of]) => restore(...of)),
  fc.tuple(user, fc.boolean()).map(([...of]) => setDisabled(...of)),
  fc.tuple(user).map(([...of]) => remove(...of)),
  seconds.map(advance),
  fc.constant(rotateKeys),
];

describe("any sequence of events", () => {
  it("leaves exactly those sessions alive that should live (R1-R10, O1-O4)", async () => {
    let moves = 0;
    const counted = steps.map((arbitrary) => arbitrary.map((command) => counting(command, () => (moves += 1))));
    await fc.assert(
      fc.asyncProperty(fc.commands(counted, { size: "+1", maxCommands: 60 }), (commands) =>
        fc.asyncModelRun(async () => {
          const real = startReal();
          const users = [await real.library.signUp(), await real.library.signUp()];
          const model: Model = {
            now: real.library.clock.now(),
            users: users.map((user) => ({
              user,
              password: PASSWORD,
              disabled: false,
              deleted: false,
              changedBy: undefined,
            })),
            sessions: [],
          };
          return { model, real };
        }, commands),
      ),
      searchRuns(150),
    );
    console.info(`session model: ${moves} moves`);
    expect(moves).toBeGreaterThan(1000);
  }, 3_600_000);
});

const counting = (command: Step, count: () => void): Step => ({
  check: (model) => command.check(model),
  run: async (model, real) => {
    count();
    await command.run(model, real);
  },
  toString: () => command.toString(),
});
