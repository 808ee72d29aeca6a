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

export type CookieSessionDependencies = TokenRecognition & {
  readonly sessions: Pick<SessionStore, "find">;
  readonly trustedOrigins: TrustedOrigins;
};

/**
 * For the unsafe routes that stand before the authorizer: finds the session whose cookies the request has, and requires that
 * the request passes the CSRF check of that session (C3). A cookie counts as absent if its token is not genuine, if its
 * session is over, or if the token belongs to a bearer session (C7): so no old and no planted cookie keeps anybody from
 * signing in. No read if the check passes for the refresh cookie; otherwise one read for each session that the cookies name.
 *
 * @param recognized the refresh cookie after its verification, if the caller has verified it already
 * @returns undefined if the request has no cookie session
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
    // The CSRF token of a bearer session is never given out. So a session whose check passes is a cookie session.
    const passes = passesCsrfCheck({ call: "unsafe", headers }, csrfHash, trustedOrigins);
    // A password change may have rejected an access token since. Only the row of the session tells.
    if (passes && credentialVersion === undefined) return { userId, sessionId };
    if ((await findLivingCookieSession(dependencies, named)) === undefined) continue;
    if (!passes) throw new LatchkeyError("csrf_failed");
    return { userId, sessionId };
  }
  return undefined;
};

/** The cookie session of a page that may have lost everything but its cookies; undefined when it is over. At most two reads. */
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

/** The refresh cookie comes first: it outlives the other, and what it is exchanged for replaces both. */
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
