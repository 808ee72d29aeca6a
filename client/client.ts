import type { SessionInfo, User } from "./account.ts";
import { ApiError, networkError, parseBody, readCode, readErrorResponse } from "./errors.ts";
import { readMember } from "./json.ts";
import { type Sleep, sendWithRetry, sleepByTimer } from "./retry.ts";
import { createSessionManager } from "./session-manager.ts";
import { memoryStorage, type SessionStorage } from "./storage.ts";
import { hasEnded, readProof, receiveDeviceToken, receiveSession, type StoredSession } from "./stored-session.ts";

export type ClientOptions = {
  /** URL of the service, with the stage if it has one. */
  readonly baseUrl: string;
  /** `cookie` in browsers, on the service's own or an allowed origin; `bearer` everywhere else. */
  readonly transport: "bearer" | "cookie";
  /** Where the session outlives the process or the page. @default memory */
  readonly storage?: SessionStorage;
  /** URLs of other APIs that accept the access token; a bearer client sends it nowhere else. @default none */
  readonly apis?: readonly string[];
  /** Called once when the service has said that the session is over; not after `logout`. */
  readonly onSignedOut?: () => void;
  /** @default the platform's */
  readonly fetch?: typeof fetch;
  /** How to wait between two tries. @default a timer */
  readonly sleep?: Sleep;
};

/** Each method but `fetch` throws `ApiError` for any answer other than the one it wants, or for none. */
export type Client = {
  /** Creates an account; does not sign in. `invalid_password` tells in its message what is wrong with it. */
  readonly register: (account: { email: string; password: string; name?: string }) => Promise<User>;
  /** Opens a session and keeps it. A session held before is dropped but not ended: `logout` first. */
  readonly login: (credentials: { email: string; password: string; deviceName?: string }) => Promise<User>;
  /**
   * Ends the session at the service and forgets it. Where the service cannot be reached this throws: a bearer client has
   * forgotten its tokens all the same, while cookies stay until the service removes them, so let the user try again.
   */
  readonly logout: () => Promise<void>;
  /** Renews the session now; `fetch` does so by itself. False if there is none any more. */
  readonly refresh: () => Promise<boolean>;
  /** Whether the storage holds a session. Whether it is still good only the service knows: this asks nobody. */
  readonly isSignedIn: () => Promise<boolean>;
  /**
   * `fetch` with the session's credentials, for paths of the service (`/auth/me`) and URLs under `baseUrl` or `apis`. Where the
   * access token has ended it refreshes first. Answered 401, it refreshes once and repeats the request; whatever that is
   * answered is returned. A stream as a body cannot be repeated.
   * @throws ApiError if the session could not be renewed for want of an answer; it is kept, so try again later
   * @throws TypeError for a URL that must not get the credentials, and as `fetch` does
   */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  readonly me: () => Promise<User>;
  /** All sessions of the account, on all devices. */
  readonly sessions: () => Promise<readonly SessionInfo[]>;
  /** Signs one device out; one that is gone already counts as done. */
  readonly revokeSession: (sessionId: string) => Promise<void>;
  /** Signs all devices out, or all but this one. */
  readonly logoutAll: (options?: { keepCurrent?: boolean }) => Promise<void>;
  /**
   * Every other session ends, this one goes on with new tokens. `wrong_password`: the current one is wrong. If this session was
   * ended from elsewhere meanwhile, the password is changed and `onSignedOut` is called.
   */
  readonly changePassword: (passwords: { currentPassword: string; newPassword: string }) => Promise<void>;
};

/** A client of one session. @throws TypeError if the options or the platform cannot work */
export const createClient = (options: ClientOptions): Client => {
  const { transport, storage = memoryStorage(), onSignedOut = () => undefined, sleep = sleepByTimer } = options;
  const baseUrl = toPrefix(options.baseUrl);
  const mayReceive = [baseUrl, ...(transport === "bearer" ? (options.apis ?? []) : []).map(toPrefix)];
  const credentials = transport === "cookie" ? "include" : "omit";
  // Wrapped, because browsers refuse `fetch` with another `this`.
  const send: typeof fetch = options.fetch ?? ((...args) => globalThis.fetch(...args));
  if (globalThis.crypto?.getRandomValues === undefined) {
    throw new TypeError(
      "crypto.getRandomValues is missing: in React Native import react-native-get-random-values first",
    );
  }

  const sessionManager = createSessionManager({
    request: (path, init) => send(baseUrl + path, { ...init, credentials }),
    transport,
    storage,
    onSignedOut,
    sleep,
  });

  const sendAs = (session: StoredSession | undefined, url: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(readProof(session, init.method))) headers.set(name, value);
    return send(url, { ...init, headers, credentials });
  };

  /** Sends with the session, and after a 401 once more with the next one. */
  const inSession = async (sendWith: (session: StoredSession | undefined) => Promise<Response>): Promise<Response> => {
    const held = await sessionManager.read();
    // An HTTP API answers an ended token with 403, by which nobody could tell that it has.
    const current = hasEnded(held) ? await sessionManager.refresh(held) : held;
    const { session, response } = await sessionManager.sendProven(current, sendWith);
    // A wrong password is no expired token, and asking again would count as a second guess.
    if (response.status !== 401 || (await readCode(response)) === "invalid_credentials") return response;
    const renewed = await sessionManager.refresh(session);
    return renewed === undefined ? response : sendWith(renewed);
  };

  const fetchInSession: Client["fetch"] = async (url, init = {}) => {
    const target = url.startsWith("/") ? baseUrl + url : url;
    if (climbs(target) || !mayReceive.some((prefix) => target.startsWith(`${prefix}/`))) {
      throw new TypeError(`${target} is neither under \`baseUrl\` nor under one of \`apis\``);
    }
    return inSession((session) => sendAs(session, target, init));
  };

  /** Without an old access token, which has no business in calls that need no session. Cookies go along, so their token must. */
  const fetchAnonymously: Client["fetch"] = (path, init = {}) =>
    transport === "cookie" ? fetchInSession(path, init) : sendAs(undefined, baseUrl + path, init);

  return {
    register: async (account) => read(await succeed(fetchAnonymously("/auth/register", post(account))), "user"),
    login: async ({ email, password, deviceName }) => {
      const deviceToken = await sessionManager.deviceToken();
      const credentials = {
        email,
        password,
        ...(transport === "cookie" ? { transport } : deviceToken !== undefined && { device_token: deviceToken }),
        ...(deviceName !== undefined && { device_name: deviceName }),
      };
      const response = await succeed(fetchAnonymously("/auth/login", post(credentials)));
      await sessionManager.begin(await getSession(response), receiveDeviceToken(await parseBody(response)));
      return read(response, "user");
    },
    logout: async () => {
      const held = await sessionManager.read();
      const session = held ?? (transport === "cookie" ? await sessionManager.restore() : undefined);
      if (session === undefined) return;
      if (transport === "bearer") await sessionManager.forget();
      const init = post("refresh_token" in session ? { refresh_token: session.refresh_token } : {});
      const sent = await sessionManager.sendProven(session, (as) =>
        sendWithRetry((signal) => sendAs(as, `${baseUrl}/auth/logout`, { ...init, signal }), sleep),
      );
      if (sent.session === undefined) return;
      if (!sent.response.ok) throw await readErrorResponse(sent.response);
      if (transport === "cookie") await sessionManager.forget();
    },
    refresh: async () => (await sessionManager.refresh(await sessionManager.read())) !== undefined,
    isSignedIn: async () => (await sessionManager.read()) !== undefined,
    fetch: fetchInSession,
    me: async () => read(await succeed(fetchInSession("/auth/me")), "user"),
    sessions: async () => read(await succeed(fetchInSession("/auth/sessions")), "sessions"),
    revokeSession: async (sessionId) => {
      const path = `/auth/sessions/${encodeURIComponent(sessionId)}`;
      await succeed(fetchInSession(path, { method: "DELETE" })).catch(unlessNotFound);
    },
    logoutAll: async ({ keepCurrent = false } = {}) => {
      await succeed(fetchInSession("/auth/logout-all", post({ keep_current: keepCurrent })));
      if (!keepCurrent) await sessionManager.forget();
    },
    changePassword: async ({ currentPassword, newPassword }) => {
      const init = post({ current_password: currentPassword, new_password: newPassword });
      const change = inSession(() =>
        sendWithRetry(async (signal) => {
          // The key vouches for the token that this rotates away, should the answer be lost. Where a refresh came in between,
          // the service wants to be asked again with the key of the token that is held now.
          const held = await sessionManager.read();
          return sendAs(held, `${baseUrl}/auth/password`, {
            ...init,
            headers: { ...init.headers, ...(held && { "Idempotency-Key": held.idempotency_key }) },
            signal,
          });
        }, sleep),
      );
      const response = await succeed(change);
      // 204: the password is changed, and the session was revoked meanwhile. The refresh finds that out and signs out.
      if (response.status === 204) await sessionManager.refresh(await sessionManager.read());
      else await sessionManager.begin(await getSession(response), receiveDeviceToken(await parseBody(response)));
    },
  };
};

const post = (body: unknown) => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

/** The answer to a call, if it is the one that was wanted. @throws ApiError */
const succeed = async (pending: Promise<Response>): Promise<Response> => {
  const response = await pending.catch((error) => {
    // What `fetch` throws where no answer came (Fetch standard 5.6); other errors tell of something else.
    throw error instanceof TypeError ? networkError(error) : error;
  });
  if (!response.ok) throw await readErrorResponse(response);
  return response;
};

/** The one place where an answer becomes a type: on the word of the service, whose origin we chose. */
const read = async <Value>(response: Response, name: string): Promise<Value> => {
  const value = readMember(await parseBody(response), name);
  if (value === undefined) throw await readErrorResponse(response);
  return value as Value;
};

const getSession = async (response: Response): Promise<StoredSession> => {
  const session = receiveSession(await parseBody(response));
  if (session === undefined) throw await readErrorResponse(response);
  return session;
};

const unlessNotFound = (error: unknown): void => {
  if (!(error instanceof ApiError) || error.code !== "not_found") throw error;
};

/** Whether the path steps up, which `fetch` would make it do after the prefix was compared; it drops white space too. */
const climbs = (url: string): boolean => /[\\\s]|\/(\.|%2e){1,2}(\/|$)/i.test(url.replace(/[?#].*$/s, ""));

/** A prefix that ends before a slash cannot be continued into another host's name. */
const toPrefix = (url: string): string => {
  if (!/^https?:\/\/[^/]/.test(url)) throw new TypeError(`Not an absolute http or https URL: ${url}`);
  return url.replace(/\/+$/, "");
};
