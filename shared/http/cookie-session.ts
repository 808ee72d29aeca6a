import { LatchkeyError } from "../errors.ts";
import { isOutdated } from "../sessions/authorize.ts";
import { identifySession, type NamedSession, type TokenRecognition } from "../sessions/identify-session.ts";
import { isAlive, type Session } from "../sessions/session.ts";
import type { SessionRef, SessionStore } from "../sessions/session-store.ts";
import { deriveCsrfToken, hashCsrfToken } from "../tokens/csrf-token.ts";
import type { RecognizedRefreshToken } from "../tokens/refresh-token.ts";
import type { SessionCookies } from "./cookies.ts";
import { hasValidCsrfToken } from "./csrf.ts";
import type { HttpRequest } from "./request.ts";
import type { TrustedOrigins } from "./trusted-origins.ts";

export type CookieSessionDependencies = TokenRecognition & {
  readonly sessions: Pick<SessionStore, "find">;
  readonly site: TrustedOrigins;
};

/**
 * For the unsafe routes that stand before the authorizer: the session whose cookies the request carries, after the request
 * has proved that a page of ours means it (C3). Cookies that are not genuine, and those of a session that is over, are as
 * good as none, so that no old cookie keeps anybody from signing in: that costs a read, and only where proof is missing.
 *
 * @param recognized the refresh cookie after its verification, if the caller has verified it already
 * @throws LatchkeyError `csrf_failed`
 */
export const requireCsrfForCookieSession = async (
  dependencies: CookieSessionDependencies,
  { cookies, header }: Pick<HttpRequest<unknown>, "cookies" | "header">,
  recognized?: RecognizedRefreshToken,
): Promise<SessionRef | undefined> => {
  const key = await identifyCookieSession(dependencies, cookies, recognized);
  if (key === undefined) return undefined;
  const csrfHash = hashCsrfToken(deriveCsrfToken(key.sessionId, await dependencies.keyRing()));
  if (hasValidCsrfToken(header, csrfHash, dependencies.site)) return key;
  if ((await findLiveSession(dependencies, key)) === undefined) return undefined;
  throw new LatchkeyError("csrf_failed");
};

/** The cookie session of a page that may have lost everything but its cookies; undefined when it is over. */
export const findLiveCookieSession = async (
  dependencies: TokenRecognition & Pick<CookieSessionDependencies, "sessions">,
  cookies: SessionCookies,
): Promise<Session | undefined> => {
  const key = await identifyCookieSession(dependencies, cookies);
  if (key === undefined) return undefined;
  const session = await findLiveSession(dependencies, key);
  return session?.transport === "cookie" ? session : undefined;
};

/** The refresh cookie comes first: it outlives the other, and what it is exchanged for replaces both. */
const identifyCookieSession = async (
  dependencies: TokenRecognition,
  { access, refresh, present }: SessionCookies,
  recognized?: RecognizedRefreshToken,
): Promise<NamedSession | undefined> =>
  present ? identifySession(dependencies, { refreshToken: refresh, accessToken: access, recognized }) : undefined;

const findLiveSession = async (
  { sessions, clock }: Pick<CookieSessionDependencies, "sessions" | "clock">,
  { credentialVersion, ...key }: NamedSession,
): Promise<Session | undefined> => {
  const session = await sessions.find(key);
  if (session === undefined || !isAlive(session, clock())) return undefined;
  return credentialVersion !== undefined && isOutdated({ credentialVersion }, session) ? undefined : session;
};
