import { createHmac } from "node:crypto";

/** Where Latchkey is, and a secret of this application that outlives its processes. */
export type Latchkey = { readonly url: string; readonly secret: string };

/** Who is signed in, as `GET /auth/me` says. */
export type User = { readonly id: string; readonly email: string; readonly name?: string };

export type Session = {
  readonly user: User;
  /** `Set-Cookie` headers that the browser must get with the page. */
  readonly setCookies: readonly string[];
};

/** Latchkey could not say: nobody is signed out for that. */
export class LatchkeyUnavailable extends Error {
  override readonly name = "LatchkeyUnavailable";
}

/**
 * The session of a request by its `Cookie` header; undefined if there is none any more. An access cookie lives for minutes,
 * so the session is renewed here where it has ended: the browser then gets the new cookies with the page. Two requests
 * that do so at once get the same cookies, and so does a browser that never received the page and comes back later.
 *
 * @throws LatchkeyUnavailable
 */
export const findSession = async (latchkey: Latchkey, cookie: string | undefined): Promise<Session | undefined> => {
  if (cookie === undefined) return undefined;
  const me = await ask(latchkey.url, "/auth/me", { headers: { Cookie: cookie } });
  if (me.ok) return { user: (await read(me)).user, setCookies: [] };

  const csrf = await ask(latchkey.url, "/auth/csrf", { headers: { Cookie: cookie } });
  if (!csrf.ok) return undefined;
  const refreshed = await ask(latchkey.url, "/auth/refresh", {
    method: "POST",
    headers: {
      Cookie: cookie,
      "X-CSRF-Token": (await read(csrf)).csrf_token,
      "Idempotency-Key": getKey(cookie, latchkey.secret),
    },
  });
  if (!refreshed.ok) return undefined;
  return { user: (await read(refreshed)).user, setCookies: refreshed.headers.getSetCookie() };
};

/**
 * The `Idempotency-Key` that belongs to the refresh cookie: the same each time it is presented, without anything being stored,
 * and nothing that who has the cookie alone could know.
 */
const getKey = (cookie: string, secret: string): string => {
  const [, refreshToken = ""] = /(?:^|; ?)__Host-latchkey-refresh=([^;]*)/.exec(cookie) ?? [];
  return createHmac("sha256", secret).update(refreshToken).digest("base64url");
};

/** An answer that is yes or 401. */
const ask = async (latchkeyUrl: string, path: string, init: RequestInit): Promise<Response> => {
  const response = await fetch(latchkeyUrl + path, { ...init, signal: AbortSignal.timeout(5000) }).catch((cause) => {
    throw new LatchkeyUnavailable(`No answer from ${path}`, { cause });
  });
  if (response.ok || response.status === 401) return response;
  throw new LatchkeyUnavailable(`${path} answered ${response.status}`);
};

/** The members that these three answers have, on the word of the service. */
const read = async (response: Response) =>
  (await response.json()) as { readonly user: User; readonly csrf_token: string };
