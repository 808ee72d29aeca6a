import { createHmac } from "node:crypto";

/** How this application reaches Latchkey. */
export type Latchkey = {
  /** The URL of Latchkey. */
  readonly url: string;
  /** A secret of this application: at least 32 random bytes. Every process uses the same secret, also after a restart. */
  readonly secret: string;
};

/** The user who is signed in. The members are those of `GET /auth/me`. */
export type User = { readonly id: string; readonly email: string; readonly name?: string };

/** A session that Latchkey has confirmed. */
export type Session = {
  readonly user: User;
  /** The `Set-Cookie` headers that the response to the browser must contain. Empty if the session was not refreshed. */
  readonly setCookies: readonly string[];
};

/** Latchkey did not respond, or with an error. The session may be valid, so the application must not sign the user out. */
export class LatchkeyUnavailable extends Error {
  override readonly name = "LatchkeyUnavailable";
}

/**
 * Finds the session of a request by its `Cookie` header. Undefined if there is no session or if the session is over.
 *
 * An access cookie expires after 15 minutes. Then this function refreshes the session, and the browser gets the new cookies with the page.
 * Two requests that refresh at the same time get the same cookies. So does a browser that did not receive the page and comes back
 * later. Costs one request to Latchkey, or three with a refresh.
 *
 * @throws LatchkeyUnavailable if Latchkey does not respond within 5 seconds, or with another status than 2xx or 401
 *
 * @example
 * ```ts
 * import { findSession } from "../examples/server-rendered/session.ts";
 *
 * const latchkey = { url: "https://login.example.com", secret: "32 random bytes from your secret store" };
 * const session = await findSession(latchkey, "__Host-latchkey-access=…; __Host-latchkey-refresh=…");
 * if (session === undefined) console.log("Redirect to the sign-in page.");
 * ```
 */
export const findSession = async (latchkey: Latchkey, cookie: string | undefined): Promise<Session | undefined> => {
  if (cookie === undefined) return undefined;
  const me = await requestLatchkey(latchkey.url, "/auth/me", { headers: { Cookie: cookie } });
  if (me.ok) return { user: (await read(me)).user, setCookies: [] };

  const csrf = await requestLatchkey(latchkey.url, "/auth/csrf", { headers: { Cookie: cookie } });
  if (!csrf.ok) return undefined;
  const refreshed = await requestLatchkey(latchkey.url, "/auth/refresh", {
    method: "POST",
    headers: {
      Cookie: cookie,
      "X-CSRF-Token": (await read(csrf)).csrf_token,
      "Idempotency-Key": toIdempotencyKey(cookie, latchkey.secret),
    },
  });
  if (!refreshed.ok) return undefined;
  return { user: (await read(refreshed)).user, setCookies: refreshed.headers.getSetCookie() };
};

/**
 * The `Idempotency-Key` of the refresh cookie. Each request with this cookie gets the same key, and the application stores nothing.
 * Somebody who steals the cookie cannot compute the key without the secret.
 */
const toIdempotencyKey = (cookie: string, secret: string): string => {
  const [, refreshToken = ""] = /(?:^|; ?)__Host-latchkey-refresh=([^;]*)/.exec(cookie) ?? [];
  return createHmac("sha256", secret).update(refreshToken).digest("base64url");
};

/** Sends a request. @throws LatchkeyUnavailable unless the status is 2xx or 401 */
const requestLatchkey = async (latchkeyUrl: string, path: string, init: RequestInit): Promise<Response> => {
  const response = await fetch(latchkeyUrl + path, { ...init, signal: AbortSignal.timeout(5000) }).catch((cause) => {
    throw new LatchkeyUnavailable(`No response from ${path}`, { cause });
  });
  if (response.ok || response.status === 401) return response;
  throw new LatchkeyUnavailable(`${path} responded ${response.status}`);
};

/** The members that this application uses of the three responses. The types are not checked, because Latchkey is trusted. */
const read = async (response: Response) =>
  (await response.json()) as { readonly user: User; readonly csrf_token: string };
