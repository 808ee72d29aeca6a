import { LatchkeyError } from "../errors.ts";
import { isOutdated } from "../sessions/authorize.ts";
import { findNamedSessions, type NamedSession, type TokenRecognition } from "../sessions/identify-session.ts";
import type { SessionRef } from "../sessions/session.ts";
import { isAlive, type Session } from "../sessions/session.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import { deriveCsrfToken, hashCsrfToken } from "../tokens/csrf-token.ts";
import type { RecognizedRefreshToken } from "../tokens/refresh-token.ts";
import type { RequestCookies } from "./cookies.ts";
import { passesCsrfCheck } from "./csrf.ts";
import type { HttpRequest } from "./request.ts";
import type { TrustedOrigins } from "./trusted-origins.ts";

/** What the functions below need. `trustedOrigins` decides the CSRF check. */
export type CookieSessionDependencies = TokenRecognition & {
  readonly sessions: Pick<SessionStore, "find">;
  readonly trustedOrigins: TrustedOrigins;
};

/**
 * Finds the session whose cookies the request has, and requires that the request passes the CSRF check of that session (C3).
 * The unsafe routes without an authorizer call this function: login, refresh, logout.
 *
 * A cookie counts as absent if its token is not genuine, if its session is over, or if the token belongs to a bearer session
 * (C7). So an old or planted cookie does not prevent a login. Cost: no read if the refresh cookie passes the check; otherwise
 * one read for each session that the cookies name.
 *
 * @param recognized the refresh cookie after its verification, if the caller has verified the cookie already
 * @returns `undefined` if the request has no live cookie session
 * @throws LatchkeyError `csrf_failed`
 */
export const requireCsrfForCookieSession = async (
  dependencies: CookieSessionDependencies,
  { cookies, headers }: Pick<HttpRequest<unknown>, "cookies" | "headers">,
  recognized?: RecognizedRefreshToken,
): Promise<SessionRef | undefined> => {
  const { keyRing, trustedOrigins } = dependencies;
  for await (const named of sessionsOfCookies(dependencies, cookies, recognized)) {
    const { userId, sessionId, credentialVersion } = named;
    const csrfHash = hashCsrfToken(deriveCsrfToken(sessionId, await keyRing()));
    // The service never gives out the CSRF token of a bearer session. So a session whose check passes is a cookie session.
    const passes = passesCsrfCheck({ call: "unsafe", headers }, csrfHash, trustedOrigins);
    // A password change may have made the access token invalid. Only the row of the session shows that.
    if (passes && credentialVersion === undefined) return { userId, sessionId };
    if ((await findLivingCookieSession(dependencies, named)) === undefined) continue;
    if (!passes) throw new LatchkeyError("csrf_failed");
    return { userId, sessionId };
  }
  return undefined;
};

/**
 * Finds the live session of the cookies, without a CSRF check: for a page that has lost its CSRF token. At most two reads.
 * @returns `undefined` if the cookies belong to no live cookie session
 */
export const findLiveCookieSession = async (
  dependencies: TokenRecognition & Pick<CookieSessionDependencies, "sessions">,
  cookies: RequestCookies,
): Promise<Session | undefined> => {
  for await (const key of sessionsOfCookies(dependencies, cookies)) {
    const session = await findLivingCookieSession(dependencies, key);
    if (session !== undefined) return session;
  }
  return undefined;
};

/** The refresh cookie comes first: it lives longer than the access cookie, and a refresh replaces both. */
const sessionsOfCookies = (
  dependencies: TokenRecognition,
  { access, refresh }: RequestCookies,
  recognized?: RecognizedRefreshToken,
) => findNamedSessions(dependencies, { refreshToken: refresh, accessToken: access, recognized });

const findLivingCookieSession = async (
  { sessions, clock }: Pick<CookieSessionDependencies, "sessions" | "clock">,
  { credentialVersion, ...key }: NamedSession,
): Promise<Session | undefined> => {
  const session = await sessions.find(key);
  if (session?.transport !== "cookie" || !isAlive(session, clock())) return undefined;
  return credentialVersion !== undefined && isOutdated({ credentialVersion }, session) ? undefined : session;
};
