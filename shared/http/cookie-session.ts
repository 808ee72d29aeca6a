import { LatchkeyError } from "../errors.ts";
import { isAlive, type Session } from "../sessions/session.ts";
import { sessionOfTokens, type TokenRecognition } from "../sessions/session-of-tokens.ts";
import type { SessionKey, SessionStore } from "../sessions/session-store.ts";
import { csrfTokenOf, hashCsrfToken } from "../tokens/csrf-token.ts";
import type { SessionCookies } from "./cookies.ts";
import { provesIntent } from "./csrf.ts";
import type { OwnSite } from "./own-site.ts";
import type { HttpRequest } from "./request.ts";

export type CookieSessionDependencies = TokenRecognition & {
  readonly sessions: Pick<SessionStore, "find">;
  readonly site: OwnSite;
};

/**
 * For the unsafe routes that stand before the authorizer: the session whose cookies the request carries, after the request
 * has proved that a page of ours means it (C3). Cookies that are not genuine, and those of a session that is over, are as
 * good as none, so that no old cookie keeps anybody from signing in: that costs a read, and only where proof is missing.
 *
 * @throws LatchkeyError `csrf_failed`
 */
export const provenCookieSession = async (
  dependencies: CookieSessionDependencies,
  { cookies, header }: Pick<HttpRequest<unknown>, "cookies" | "header">,
): Promise<SessionKey | undefined> => {
  const key = await sessionOfCookies(dependencies, cookies);
  if (key === undefined) return undefined;
  const csrfHash = hashCsrfToken(csrfTokenOf(key.sessionId, await dependencies.keyRing()));
  if (provesIntent(header, csrfHash, dependencies.site)) return key;
  if ((await livingSession(dependencies, key)) === undefined) return undefined;
  throw new LatchkeyError("csrf_failed");
};

/** The cookie session of a page that may have lost everything but its cookies; undefined when it is over. */
export const livingCookieSession = async (
  dependencies: TokenRecognition & Pick<CookieSessionDependencies, "sessions">,
  cookies: SessionCookies,
): Promise<Session | undefined> => {
  const key = await sessionOfCookies(dependencies, cookies);
  if (key === undefined) return undefined;
  const session = await livingSession(dependencies, key);
  return session?.transport === "cookie" ? session : undefined;
};

/** The refresh cookie comes first: it outlives the other, and what it is exchanged for replaces both. */
const sessionOfCookies = async (
  dependencies: TokenRecognition,
  { access, refresh, present }: SessionCookies,
): Promise<SessionKey | undefined> =>
  present ? sessionOfTokens(dependencies, { refreshToken: refresh, accessToken: access }) : undefined;

const livingSession = async (
  { sessions, clock }: Pick<CookieSessionDependencies, "sessions" | "clock">,
  key: SessionKey,
): Promise<Session | undefined> => {
  const session = await sessions.find(key);
  return session !== undefined && isAlive(session, clock()) ? session : undefined;
};
