import { randomUUID } from "node:crypto";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type ChangePasswordDependencies, changePassword } from "../../shared/accounts/change-password.ts";
import { type LoginDependencies, logIn } from "../../shared/accounts/log-in.ts";
import type { AuditEvent, Caller } from "../../shared/audit/audit.ts";
import type { CookieSessionDependencies } from "../../shared/http/cookie-session.ts";
import { randomIds } from "../../shared/ids.ts";
import type { KeyRing } from "../../shared/keys/key-ring.ts";
import { hashPassword } from "../../shared/passwords/hash-password.ts";
import type { IssuedTokens } from "../../shared/sessions/issue-tokens.ts";
import { type LogoutDependencies, logOut } from "../../shared/sessions/log-out.ts";
import { type RefreshOutcome, refreshSession } from "../../shared/sessions/refresh-session.ts";
import { type FeedOptions, revocationFeed } from "../../shared/sessions/revocation-feed.ts";
import {
  isAlive,
  isCredentialCurrent,
  type Session,
  type SessionRef,
  type SessionSettings,
} from "../../shared/sessions/session.ts";
import { createSessionStore } from "../../shared/sessions/session-store.ts";
import type { LoginThrottleDependencies } from "../../shared/throttle/login-throttle.ts";
import type { PasswordThrottleDependencies } from "../../shared/throttle/password-throttle.ts";
import type { RefreshThrottle } from "../../shared/throttle/refresh-throttle.ts";
import type { RegistrationThrottleDependencies } from "../../shared/throttle/registration-throttle.ts";
import { createThrottleStore } from "../../shared/throttle/throttle-store.ts";
import { normalizeEmail } from "../../shared/users/email.ts";
import type { User } from "../../shared/users/user.ts";
import { createUserStore } from "../../shared/users/user-store.ts";
import type { TestDynamoDb } from "./dynamodb.ts";
import { aKeyRing, anAccessKey } from "./keys.ts";
import { roomyLimits } from "./throttle.ts";
import { aClock } from "./time.ts";
import { tokenSettings, verifierSettings } from "./tokens.ts";

export const caller: Caller = { requestId: "request", ip: "192.0.2.1", userAgent: "test" };

export const sessionSettings: SessionSettings = {
  refreshTokenSeconds: 604_800,
  cookieIdleSeconds: 1800,
  accessTokenSeconds: tokenSettings.accessTokenSeconds,
  absoluteSessionSeconds: 2_592_000,
  replayWindowSeconds: 30,
};

/** More than one shard, so that a reader of the feed must query all shards. */
export const FEED_SHARDS = 2;

export const PASSWORD = "correct horse battery staple";

type Dependencies = LoginDependencies &
  ChangePasswordDependencies &
  LogoutDependencies &
  LoginThrottleDependencies &
  PasswordThrottleDependencies &
  RegistrationThrottleDependencies &
  CookieSessionDependencies & { readonly guardRefresh: RefreshThrottle; readonly registration: "open" };

/** The library on a real engine, with a clock that the test moves, the lowest cost of bcrypt and an audit log that the test reads. */
export type SessionLibrary = ReturnType<typeof sessionLibrary>;

export const sessionLibrary = (database: TestDynamoDb) => {
  const clock = aClock();
  const audited: AuditEvent[] = [];
  let ring: KeyRing = aKeyRing({ access: anAccessKey("EdDSA") });

  /** One execution environment of a function. All environments share the time, the keys and the tables. */
  const createEnvironment = (client: DynamoDBDocumentClient) => {
    const dependencies: Dependencies = {
      sessions: createSessionStore(client, database.tableNames.sessions, FEED_SHARDS),
      users: createUserStore(client, database.tableNames.users),
      keyRing: async () => ring,
      clock: clock.now,
      ids: randomIds,
      audit: (event) => audited.push(event),
      tokens: tokenSettings,
      settings: sessionSettings,
      verifier: verifierSettings,
      trustedOrigins: { issuer: verifierSettings.issuer, allowedOrigins: [] },
      registration: "open",
      policy: { minLength: 15, serviceName: "Latchkey" },
      passwordWork: { cost: 4 },
      throttle: createThrottleStore(client, database.tableNames.throttle),
      ...roomyLimits,
      guardRefresh: (_, refresh) => refresh(),
    };
    return {
      client,
      dependencies,
      logIn: (user: User, password = PASSWORD, transport: Session["transport"] = "bearer") =>
        logIn(dependencies, { email: user.email, password, transport }, caller, async () => undefined),
      refresh: (refreshToken: string, idempotencyKey?: string, transport: Session["transport"] = "bearer") =>
        refreshSession(dependencies, { refreshToken, transport, idempotencyKey }, caller),
      logOut: (refreshToken: string, transport: Session["transport"] = "bearer") =>
        logOut(dependencies, { refreshToken, transport }, caller),
      changePassword: (key: SessionRef, currentPassword: string, newPassword: string, idempotencyKey?: string) =>
        changePassword(
          dependencies,
          { userId: key.userId, sessionId: key.sessionId, currentPassword, newPassword, idempotencyKey },
          caller,
        ),
    };
  };

  const main = createEnvironment(database.documentClient);
  return {
    ...main,
    clock,
    audited,
    createEnvironment,
    ring: () => ring,
    useRing: (other: KeyRing) => {
      ring = other;
    },

    /** One authorizer's reader of the revocation feed. */
    createFeed: (client = database.documentClient, options: Partial<FeedOptions> = {}) =>
      revocationFeed(client, {
        sessionsTable: database.tableNames.sessions,
        shards: FEED_SHARDS,
        maxStalenessSeconds: 5,
        whenUnreadable: "closed",
        moment: clock.moment,
        ...options,
      }),

    /** Creates an account with the password `PASSWORD`. */
    signUp: async (): Promise<User> => {
      const normalizedEmail = normalizeEmail(`user-${randomUUID()}@example.com`);
      if (normalizedEmail === undefined) throw new Error("The address of a test is malformed");
      const user: User = {
        userId: randomIds.userId(),
        email: normalizedEmail,
        normalizedEmail,
        roles: [],
        status: "active",
        credentialVersion: 1,
        createdAt: clock.now(),
        passwordDigest: await hashPassword(PASSWORD, ring, { cost: 4 }),
      };
      await main.dependencies.users.create(user);
      return user;
    },

    /** Whether the rows of the session and the user still allow a refresh. */
    isUsable: async (key: SessionRef): Promise<boolean> => {
      const session = await main.dependencies.sessions.find(key);
      const user = await main.dependencies.users.findById(key.userId);
      if (session === undefined || user?.status !== "active") return false;
      return isAlive(session, clock.now()) && isCredentialCurrent(session, user);
    },
  };
};

/** Reads the tokens of an operation. @throws Error if the operation issued no tokens */
export const getTokens = (result: IssuedTokens | RefreshOutcome | undefined): IssuedTokens => {
  if (result === undefined) throw new Error("No tokens were issued");
  if (!("outcome" in result)) return result;
  if (result.outcome === "rejected") throw new Error(`The refresh was rejected: ${result.reason}`);
  return result.tokens;
};
