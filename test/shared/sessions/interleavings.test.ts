import fc from "fast-check";
import { describe, expect } from "vitest";
import { disableUser, enableUser } from "../../../shared/accounts/administer-user.ts";
import type { ChangePasswordOutcome } from "../../../shared/accounts/change-password.ts";
import { LatchkeyError } from "../../../shared/errors.ts";
import type { RevocationCheck } from "../../../shared/sessions/authorize.ts";
import type { IssuedTokens } from "../../../shared/sessions/issue-tokens.ts";
import { logOutAll } from "../../../shared/sessions/log-out-all.ts";
import type { RefreshOutcome } from "../../../shared/sessions/refresh-session.ts";
import type { User } from "../../../shared/users/user.ts";
import type { TestDynamoDb } from "../../support/dynamodb.ts";
import { it } from "../../support/it.ts";
import { isLongSearch, searchRuns } from "../../support/runs.ts";
import { caller, getTokens, PASSWORD, type SessionLibrary, sessionLibrary } from "../../support/session-library.ts";
import { type Choose, everyChoice, takeTurns } from "../../support/turns.ts";

const NEW_PASSWORD = "another battery, another staple";

let database: TestDynamoDb;
it.beforeAll(({ database: started }) => {
  database = started;
});

type Environment = ReturnType<SessionLibrary["createEnvironment"]>;

type Start = {
  readonly library: SessionLibrary;
  readonly user: User;
  readonly first: IssuedTokens;
};

type Operation = (environment: Environment) => Promise<unknown>;
type Operations = (start: Start) => readonly Operation[];
type Check = (start: Start, results: readonly unknown[]) => Promise<void>;

const orders = new Map<string, Set<string>>();

/** The share of the long search that each case gets at random: there are more than a dozen cases. */
const LONG_SAMPLE = 0.2;
/** If a case has at most so many orders, the long search tries every order. */
const MAX_ORDERS = 10_000;

/**
 * Runs the operations at the same time, in many orders of their DynamoDB calls, and checks the rows that they left. `npm test`
 * samples the orders. `npm run test:long` samples more orders, and tries every order if there are at most `MAX_ORDERS`.
 */
const inEveryOrder = async (title: string, operations: Operations, check: Check): Promise<void> => {
  const seen = new Set<string>();
  orders.set(title, seen);
  const run = async (choose: Choose) => {
    const library = sessionLibrary(database);
    const user = await library.signUp();
    const start: Start = { library, user, first: getTokens(await library.logIn(user)) };
    const turns = takeTurns(database, choose);
    const running = operations(start).map((operation, index) =>
      operation(library.createEnvironment(turns.client(`${index + 1}`))),
    );
    const [results] = await Promise.all([Promise.all(running), turns.run(running)]);
    seen.add(turns.order.join(", "));
    turns.open();
    await check(start, results);
  };
  const sampled = searchRuns(40, LONG_SAMPLE);
  // The product of the choices along a random path is an unbiased estimate of the number of paths (Knuth 1975).
  let estimate = 0;
  const choices = fc.infiniteStream(fc.nat({ max: 999 }));
  await fc.assert(
    fc.asyncProperty(choices, async (stream) => {
      let paths = 1;
      await run((options) => {
        paths *= options;
        return (stream.next().value ?? 0) % options;
      });
      estimate += paths / sampled.numRuns;
    }),
    sampled,
  );
  if (!isLongSearch) return;
  const orderCount = `${sampled.numRuns} runs at random, ${seen.size} orders of about ${Math.round(estimate)}`;
  if (estimate > MAX_ORDERS) return console.info(`${title}: ${orderCount}`);
  const { runs, complete } = await everyChoice(2 * MAX_ORDERS, run);
  console.info(`${title}: ${orderCount}, then ${runs} runs ${complete ? "through all" : "through some"} of them`);
};

/**
 * The sessions of the user whose rows are alive. Reads only these rows, as an authorizer in `lookup` mode does: it is not enough
 * that a refresh would find the user's credentials changed.
 */
const openSessions = async ({ library, user }: Start): Promise<readonly string[]> => {
  const sessions = await library.dependencies.sessions.listLive(user.userId, library.clock.now());
  return sessions.map(({ sessionId }) => sessionId);
};

const isOpen = async (start: Start, { session }: IssuedTokens): Promise<boolean> =>
  (await openSessions(start)).includes(session.sessionId);

const issued = (result: unknown): IssuedTokens | undefined => {
  const response = result as IssuedTokens | RefreshOutcome | undefined;
  if (response === undefined || ("outcome" in response && response.outcome === "rejected")) return undefined;
  return getTokens(response);
};

/** Expects that the session of the last change, which the user's row names, is the only open session. */
const expectKeptSessionOnly: Check = async (start) => {
  const user = await start.library.dependencies.users.findById(start.user.userId);
  expect(await openSessions(start)).toEqual([user?.keptSessionId]);
};

const ignoreRequestToRetry = (error: unknown): undefined => {
  if (!(error instanceof LatchkeyError) || error.code !== "temporarily_unavailable") throw error;
};

describe("in any order of their calls to DynamoDB", () => {
  const cases: readonly [title: string, operations: Operations, check: Check][] = [
    [
      "three refreshes of one token get one successor, which is usable (R4, R8)",
      ({ first }) => [1, 2, 3].map(() => (environment: Environment) => environment.refresh(first.refreshToken)),
      async (start, results) => {
        const tokens = results.map((result) => getTokens(result as RefreshOutcome));
        expect(new Set(tokens.map(({ refreshToken }) => refreshToken)).size).toBe(1);
        expect(await isOpen(start, start.first)).toBe(true);
        expect((await start.library.refresh(tokens[0]?.refreshToken ?? "")).outcome).toBe("rotated");
      },
    ],
    [
      "a refresh and a logout leave a revoked session (R8)",
      ({ first }) => [
        (environment) => environment.refresh(first.refreshToken),
        (environment) => environment.logOut(first.refreshToken),
      ],
      async (start, [refreshed]) => {
        expect(await isOpen(start, start.first)).toBe(false);
        const tokens = issued(refreshed);
        if (tokens !== undefined) expect((await start.library.refresh(tokens.refreshToken)).outcome).toBe("rejected");
      },
    ],
    [
      "two refreshes and a logout leave a revoked session (R8)",
      ({ first }) => [
        (environment) => environment.refresh(first.refreshToken),
        (environment) => environment.refresh(first.refreshToken),
        (environment) => environment.logOut(first.refreshToken),
      ],
      async (start) => expect(await isOpen(start, start.first)).toBe(false),
    ],
    [
      "a login with the old password does not survive a password change, and the session of the change does (R8)",
      ({ user, first }) => [
        (environment) => environment.logIn(user),
        (environment) => environment.changePassword(first.session, PASSWORD, NEW_PASSWORD),
      ],
      async (start, [login, change]) => {
        const tokens = issued(login);
        if (tokens !== undefined) expect(await isOpen(start, tokens)).toBe(false);
        expect(change).toMatchObject({ outcome: "changed" });
        expect(await openSessions(start)).toEqual([start.first.session.sessionId]);
      },
    ],
    [
      "a refresh of the session that changes the password does not prevent the change (R8)",
      ({ first }) => [
        (environment) => environment.refresh(first.refreshToken).catch(ignoreRequestToRetry),
        (environment) => environment.changePassword(first.session, PASSWORD, NEW_PASSWORD),
      ],
      async (start, [, change]) => {
        expect(change).toMatchObject({ outcome: "changed" });
        expect(await isOpen(start, start.first)).toBe(true);
      },
    ],
    [
      "a session opened with the new password survives the change (R8)",
      ({ user, first }) => [
        (environment) => environment.logIn(user, NEW_PASSWORD),
        (environment) => environment.changePassword(first.session, PASSWORD, NEW_PASSWORD),
      ],
      async (start, [login, change]) => {
        expect(change).toMatchObject({ outcome: "changed" });
        const tokens = issued(login);
        if (tokens !== undefined) expect(await isOpen(start, tokens)).toBe(true);
      },
    ],
    [
      "the same password change sent twice succeeds twice, with the same usable token (R8)",
      ({ first }) =>
        [1, 2].map(
          () => (environment: Environment) =>
            environment.changePassword(first.session, PASSWORD, NEW_PASSWORD, "the key of first"),
        ),
      async (start, results) => {
        const tokens = (results as readonly ChangePasswordOutcome[]).map((result) =>
          result.outcome === "changed" ? result.tokens.refreshToken : result.outcome,
        );
        expect(new Set(tokens).size).toBe(1);
        expect((await start.library.refresh(tokens[0] ?? "")).outcome).toBe("rotated");
      },
    ],
    [
      "a refresh with the same key as a password change does not revoke the session of the change (R8)",
      ({ first }) => [
        (environment) => environment.refresh(first.refreshToken, "key of the first token"),
        (environment) =>
          environment
            .changePassword(first.session, PASSWORD, NEW_PASSWORD, "key of the first token")
            .catch(ignoreRequestToRetry),
      ],
      async (start) => {
        expect(await isOpen(start, start.first)).toBe(true);
        // The client repeats the change with the key of the token that it has by then.
        const again = await start.library.changePassword(
          start.first.session,
          PASSWORD,
          NEW_PASSWORD,
          "key of the next",
        );
        expect(again).toMatchObject({ outcome: "changed" });
      },
    ],
    [
      "a password change during a logout of its session reports whether the password is changed (R8)",
      ({ first }) => [
        (environment) => environment.changePassword(first.session, PASSWORD, NEW_PASSWORD),
        (environment) => environment.logOut(first.refreshToken),
      ],
      async (start, [change]) => {
        const { outcome } = change as ChangePasswordOutcome;
        const isChanged = (await start.library.logIn(start.user, NEW_PASSWORD)) !== undefined;
        expect(outcome === "changed" || outcome === "changed_session_over").toBe(isChanged);
        expect(await isOpen(start, start.first)).toBe(false);
      },
    ],
    [
      "a refresh without a key that two password changes overtake is no theft, however often it is repeated (R8)",
      ({ first }) => [
        async (environment) => {
          const tries: (RefreshOutcome | undefined)[] = [];
          while (tries.length < 3 && tries.at(-1) === undefined) {
            tries.push(await environment.refresh(first.refreshToken).catch(ignoreRequestToRetry));
          }
          return tries;
        },
        async (environment) => {
          await environment.changePassword(first.session, PASSWORD, NEW_PASSWORD);
          return environment.changePassword(first.session, NEW_PASSWORD, `${NEW_PASSWORD}, once more`);
        },
      ],
      async (start, [refreshed]) => {
        const tries = refreshed as readonly (RefreshOutcome | undefined)[];
        // If the first try comes after both changes, it is rejected like a stolen token: no 503 was sent for it.
        const isFirstTry = tries.length === 1 && tries[0]?.outcome === "rejected";
        expect(await isOpen(start, start.first)).toBe(!isFirstTry);
      },
    ],
    [
      "another session does not survive a password change through a refresh (R8)",
      ({ user, first }) => [
        async (environment) => {
          const other = await environment.logIn(user);
          return other && environment.refresh(other.refreshToken);
        },
        (environment) => environment.changePassword(first.session, PASSWORD, NEW_PASSWORD),
      ],
      async (start) => expect(await openSessions(start)).toEqual([start.first.session.sessionId]),
    ],
    [
      "a login does not survive the disablement of the account (R8)",
      ({ user }) => [
        (environment) => environment.logIn(user),
        (environment) => disableUser(environment.dependencies, user.userId, caller),
      ],
      async (start) => expect(await openSessions(start)).toEqual([]),
    ],
    [
      "a login and a refresh do not survive the disablement of the account (R8)",
      ({ user, first }) => [
        (environment) => environment.logIn(user),
        (environment) => environment.refresh(first.refreshToken),
        (environment) => disableUser(environment.dependencies, user.userId, caller),
      ],
      async (start) => expect(await openSessions(start)).toEqual([]),
    ],
    [
      "a session opened after an account was enabled again survives the earlier disablement (R8)",
      ({ user }) => [
        async (environment) => {
          await enableUser(environment.dependencies, user.userId, caller);
          return environment.logIn(user);
        },
        (environment) => disableUser(environment.dependencies, user.userId, caller),
      ],
      async (start, [login]) => {
        const tokens = issued(login);
        if (tokens === undefined) return;
        const { status } = (await start.library.dependencies.users.findById(start.user.userId)) ?? {};
        expect(await isOpen(start, tokens)).toBe(status === "active");
      },
    ],
    [
      "logout-all revokes every earlier session, and the row of a concurrent login agrees with its tokens (R8)",
      ({ user, first }) => [
        (environment) => logOutAll(environment.dependencies, first.session.userId, undefined, caller),
        (environment) => environment.logIn(user),
      ],
      async (start, [, login]) => {
        expect(await isOpen(start, start.first)).toBe(false);
        const tokens = getTokens(login as IssuedTokens);
        // Either may come first. The row and its tokens must agree.
        const open = await isOpen(start, tokens);
        expect((await start.library.refresh(tokens.refreshToken)).outcome).toBe(open ? "rotated" : "rejected");
      },
    ],
    [
      "two password changes from two sessions leave one session, that of the later change (R8)",
      ({ user, first }) => [
        (environment) => environment.changePassword(first.session, PASSWORD, NEW_PASSWORD),
        async (environment) => {
          const other = await environment.logIn(user);
          return other && environment.changePassword(other.session, PASSWORD, `${NEW_PASSWORD}, once more`);
        },
      ],
      expectKeptSessionOnly,
    ],
    [
      "a password change from a session opened with the password of a concurrent change keeps its session (R8)",
      ({ user, first }) => [
        (environment) => environment.changePassword(first.session, PASSWORD, NEW_PASSWORD),
        async (environment) => {
          const other = await environment.logIn(user, NEW_PASSWORD);
          return other && environment.changePassword(other.session, NEW_PASSWORD, `${NEW_PASSWORD}, once more`);
        },
      ],
      expectKeptSessionOnly,
    ],
  ];

  it.each(cases)("%s", (title, operations, check) => inEveryOrder(title, operations, check), 3_600_000);

  it("the search tries many orders", () => {
    for (const [title, seen] of orders) expect(seen.size, title).toBeGreaterThan(5);
  });
});

describe("the feed, in any order with the revocations that it reads", () => {
  const title = "knows every revocation after the promised time (R8, O2)";
  it(
    title,
    () =>
      inEveryOrder(
        title,
        ({ library, first, user }) => [
          async ({ client }) => {
            const isRevoked = library.createFeed(client);
            await isRevoked(first.session);
            library.clock.advance(5);
            await isRevoked(first.session);
            return isRevoked;
          },
          (environment) => environment.logOut(first.refreshToken),
          async (environment) => {
            const other = await environment.logIn(user);
            if (other) await environment.logOut(other.refreshToken);
            return other;
          },
        ],
        async ({ library, first }, [check, , other]) => {
          const isRevoked = check as RevocationCheck;
          library.clock.advance(5);
          expect(await isRevoked(first.session)).toBe(true);
          expect(await isRevoked(getTokens(other as IssuedTokens).session)).toBe(true);
        },
      ),
    3_600_000,
  );
});
