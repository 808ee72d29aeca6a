import type { SessionInfo, User } from "./account.ts";
import type { Sleep } from "./retry.ts";
import type { SessionStorage } from "./storage.ts";

/** The options of `createClient`. */
export type ClientOptions = {
  /** URL of the service. The URL includes the stage if the service has a stage: `https://….amazonaws.com/prod`. */
  readonly baseUrl: string;
  /** `cookie` for web pages on the service's own origin or on an allowed origin. `bearer` everywhere else. */
  readonly transport: "bearer" | "cookie";
  /** The place where the session is kept. @default `memoryStorage()`: the session is lost with the process or the page */
  readonly storage?: SessionStorage;
  /** URLs of other APIs that accept the access token. A bearer client sends the token to them and to `baseUrl` only. @default none */
  readonly apis?: readonly string[];
  /** Called once when the service responds that the session is over. Not called after `logout`. */
  readonly onSignedOut?: () => void;
  /** Sends the requests. @default the platform's `fetch` */
  readonly fetch?: typeof fetch;
  /** Waits between two tries. @default a timer */
  readonly sleep?: Sleep;
};

/**
 * A client of one session. `createClient` creates it.
 *
 * Each method except `fetch` and `isSignedIn` throws `ApiError` if the service responds with an error, with an unexpected response, or
 * not at all (`network_error`). Each call is one request, plus a refresh if the access token has expired.
 */
export type Client = {
  /**
   * Creates an account. Does not sign in.
   * @throws ApiError `account_exists`; `invalid_password`, whose message says which rule the password breaks
   * @example
   * ```ts
   * await client.register({ email: "ada@example.com", password: "seven quiet herons", name: "Ada" });
   * ```
   */
  readonly register: (account: { email: string; password: string; name?: string }) => Promise<User>;
  /**
   * Signs in and stores the session. If the client already has a session, that session is forgotten but not revoked: call `logout`
   * first.
   * @throws ApiError `invalid_credentials`, `too_many_requests`
   * @example
   * ```ts
   * const user = await client.login({ email: "ada@example.com", password: "seven quiet herons", deviceName: "Ada's phone" });
   * ```
   */
  readonly login: (credentials: { email: string; password: string; deviceName?: string }) => Promise<User>;
  /**
   * Revokes the session at the service and forgets it. If the service cannot be reached, the call throws. A bearer client has then
   * forgotten its tokens. With the cookie transport the session stays, because only the service can remove the cookies: let the
   * user try again.
   * @throws ApiError `network_error`
   * @example
   * ```ts
   * await client.logout();
   * ```
   */
  readonly logout: () => Promise<void>;
  /**
   * Refreshes the session now. Usually unnecessary, because the other methods refresh when the access token has expired.
   * @returns false if there is no session, or if the session is over
   * @example
   * ```ts
   * if (!(await client.refresh())) console.log("Sign in again.");
   * ```
   */
  readonly refresh: () => Promise<boolean>;
  /**
   * Whether the storage holds a session. Sends no request, so the session may have been revoked at the service.
   * @example
   * ```ts
   * console.log((await client.isSignedIn()) ? "Show the account." : "Show sign-in.");
   * ```
   */
  readonly isSignedIn: () => Promise<boolean>;
  /**
   * `fetch` with the credentials of the session, for paths of the service (`/auth/me`) and for URLs under `baseUrl` or `apis`. If the
   * access token has expired, the client refreshes first. After a 401 the client refreshes once and repeats the request. The second
   * response is returned, whatever its status. A request whose body is a stream cannot be repeated.
   * @throws ApiError if the session could not be refreshed because the service did not respond. The session is kept: try again later.
   * @throws TypeError if the URL is under neither `baseUrl` nor `apis`, and in the cases of `fetch`
   * @example
   * ```ts
   * const response = await client.fetch("https://notes.example.com/v1/notes", { method: "POST", body: "Buy milk" });
   * ```
   */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  /**
   * The account that is signed in.
   * @throws ApiError `invalid_token` if no user is signed in
   * @example
   * ```ts
   * const { email } = await client.me();
   * ```
   */
  readonly me: () => Promise<User>;
  /**
   * All sessions of the account, on all devices.
   * @example
   * ```ts
   * for (const { device, current } of await client.sessions()) console.log(device.name ?? device.platform, current);
   * ```
   */
  readonly sessions: () => Promise<readonly SessionInfo[]>;
  /**
   * Revokes one session of the account. Succeeds if there is no such session any more.
   * @example
   * ```ts
   * for (const session of await client.sessions()) {
   *   if (session.device.name === "Lost phone") await client.revokeSession(session.session_id);
   * }
   * ```
   */
  readonly revokeSession: (sessionId: string) => Promise<void>;
  /**
   * Revokes all sessions of the account, or all except this session.
   * @example
   * ```ts
   * await client.logoutAll({ keepCurrent: true });
   * ```
   */
  readonly logoutAll: (options?: { keepCurrent?: boolean }) => Promise<void>;
  /**
   * Changes the password. The service revokes every other session. This session goes on with new tokens. If this session was revoked
   * from elsewhere during the change, the password is changed and `onSignedOut` is called.
   * @throws ApiError `wrong_password` if the current password is wrong; `invalid_password`, whose message says which rule the new
   *   password breaks
   * @example
   * ```ts
   * await client.changePassword({ currentPassword: "seven quiet herons", newPassword: "nine patient otters" });
   * ```
   */
  readonly changePassword: (passwords: { currentPassword: string; newPassword: string }) => Promise<void>;
};
