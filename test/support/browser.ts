import type { Clock } from "../../shared/time.ts";
import type { User } from "../../shared/users/user.ts";
import { PASSWORD } from "./session-library.ts";
import { OWN_ORIGIN, type WebRequest, type WebResponse, type WebService } from "./web-service.ts";

/** The cookies for the next request. */
type Jar = Map<string, { readonly value: string; readonly expiresAt: number }>;

export type Browser = ReturnType<typeof aBrowser>;

/**
 * A browser with an open page of the service. The browser stores and expires cookies and sends `Origin` and `Sec-Fetch-Site`. The script of
 * the page sends the latest CSRF token.
 */
export const aBrowser = (service: WebService, clock: Clock) => {
  const jar: Jar = new Map();
  let csrfToken: string | undefined;

  const cookieHeader = (): string | undefined => {
    const alive = [...jar].filter(([, { expiresAt }]) => clock() < expiresAt);
    return alive.length === 0 ? undefined : alive.map(([name, { value }]) => `${name}=${value}`).join("; ");
  };

  const keep = ({ setCookies, body }: WebResponse): void => {
    for (const cookie of setCookies) {
      const [, name = "", value = "", maxAge = ""] = /^([^=]+)=([^;]*); Max-Age=(\d+);/.exec(cookie) ?? [];
      if (maxAge === "0") jar.delete(name);
      else jar.set(name, { value, expiresAt: clock() + Number(maxAge) });
    }
    if (typeof body === "object" && body !== null && "csrf_token" in body) csrfToken = String(body.csrf_token);
  };

  /** Sends a request of the page. `headers` replace headers of the same name. A header with the value undefined is removed. */
  const send = async (
    request: Omit<WebRequest, "headers">,
    headers: Readonly<Record<string, string | undefined>> = {},
  ): Promise<WebResponse> => {
    const own = {
      Host: new URL(OWN_ORIGIN).host,
      Cookie: cookieHeader(),
      Origin: request.method === "GET" ? undefined : OWN_ORIGIN,
      "Sec-Fetch-Site": "same-origin",
      "X-CSRF-Token": request.method === "GET" ? undefined : csrfToken,
    };
    const sent = Object.entries({ ...own, ...headers }).filter(
      (header): header is [string, string] => header[1] !== undefined,
    );
    const response = await service.send({ ...request, headers: Object.fromEntries(sent) });
    keep(response);
    return response;
  };

  return {
    send,
    cookieHeader,
    cookie: (name: string) => jar.get(name)?.value,
    csrfToken: () => csrfToken,
    /** Reloads the page: the script loses its state, the cookies stay. */
    reload: () => {
      csrfToken = undefined;
    },
    signIn: (user: User, headers: Readonly<Record<string, string | undefined>> = {}, password = PASSWORD) =>
      send(
        { method: "POST", path: "/auth/login", body: { email: user.email, password, transport: "cookie" } },
        headers,
      ),
    refresh: (headers: Readonly<Record<string, string | undefined>> = {}) =>
      send({ method: "POST", path: "/auth/refresh" }, headers),
    signOut: (headers: Readonly<Record<string, string | undefined>> = {}) =>
      send({ method: "POST", path: "/auth/logout" }, headers),
    me: () => send({ method: "GET", path: "/auth/me" }),
  };
};
