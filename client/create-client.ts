import type { Client, ClientOptions } from "./client.ts";
import { ApiError, parseBody, readCode, readErrorResponse } from "./errors.ts";
import { readResult, requireSession, requireSuccess } from "./results.ts";
import { sendWithRetry, sleepByTimer } from "./retry.ts";
import { createSessionManager } from "./session-manager.ts";
import { memoryStorage } from "./storage.ts";
import { isExpired, receiveDeviceToken, type StoredSession, toCredentialHeaders } from "./stored-session.ts";
import { hasDotSegment, toPrefix } from "./urls.ts";

/**
 * Creates a client of one session. Sends no request.
 *
 * @throws TypeError if `baseUrl` or one of `apis` is not an absolute URL, or if the platform has no `crypto.getRandomValues`
 *
 * @example
 * ```ts
 * import { createClient } from "../client/index.ts";
 *
 * const client = createClient({
 *   baseUrl: "https://login.example.com",
 *   transport: "bearer",
 *   apis: ["https://notes.example.com/v1"],
 *   onSignedOut: () => console.log("Show the sign-in screen"),
 * });
 * ```
 */
export const createClient = (options: ClientOptions): Client => {
  const { transport, storage = memoryStorage(), onSignedOut = () => undefined, sleep = sleepByTimer } = options;
  const baseUrl = toPrefix(options.baseUrl);
  const receivers = [baseUrl, ...(transport === "bearer" ? (options.apis ?? []) : []).map(toPrefix)];
  const credentials = transport === "cookie" ? "include" : "omit";
  // The wrapper keeps `this`: browsers throw if `fetch` is called with another `this`.
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

  /** Sends with the credentials of the session, without a retry. */
  const sendAs = (session: StoredSession | undefined, url: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(toCredentialHeaders(session, init.method))) headers.set(name, value);
    return send(url, { ...init, headers, credentials });
  };

  /** Sends with the session. After a 401, refreshes and sends once more. */
  const inSession = async (sendWith: (session: StoredSession | undefined) => Promise<Response>): Promise<Response> => {
    const held = await sessionManager.read();
    // For an expired token an HTTP API responds 403, as for a lack of permission. So the client looks at the time.
    const current = isExpired(held) ? await sessionManager.refresh(held) : held;
    const { session, response } = await sessionManager.sendWithCsrf(current, sendWith);
    // The 401 is about the password, not about the token. A second request would count as a second guess.
    if (response.status !== 401 || (await readCode(response)) === "invalid_credentials") return response;
    const renewed = await sessionManager.refresh(session);
    return renewed === undefined ? response : sendWith(renewed);
  };

  const fetchInSession: Client["fetch"] = async (url, init = {}) => {
    const target = url.startsWith("/") ? baseUrl + url : url;
    if (hasDotSegment(target) || !receivers.some((prefix) => target.startsWith(`${prefix}/`))) {
      throw new TypeError(`${target} is neither under \`baseUrl\` nor under one of \`apis\``);
    }
    return inSession((session) => sendAs(session, target, init));
  };

  /**
   * For calls that need no session: sends no access token. With the cookie transport the browser sends the cookies, and then the service
   * requires the CSRF token.
   */
  const fetchAnonymously: Client["fetch"] = (path, init = {}) =>
    transport === "cookie" ? fetchInSession(path, init) : sendAs(undefined, baseUrl + path, init);

  return {
    register: async (account) =>
      readResult(await requireSuccess(fetchAnonymously("/auth/register", post(account))), "user"),
    login: async ({ email, password, deviceName }) => {
      const deviceToken = await sessionManager.readDeviceToken();
      const credentials = {
        email,
        password,
        ...(transport === "cookie" ? { transport } : deviceToken !== undefined && { device_token: deviceToken }),
        ...(deviceName !== undefined && { device_name: deviceName }),
      };
      const response = await requireSuccess(fetchAnonymously("/auth/login", post(credentials)));
      await sessionManager.begin(await requireSession(response), receiveDeviceToken(await parseBody(response)));
      return readResult(response, "user");
    },
    logout: async () => {
      const held = await sessionManager.read();
      const session = held ?? (transport === "cookie" ? await sessionManager.restore() : undefined);
      if (session === undefined) return;
      if (transport === "bearer") await sessionManager.forget();
      const init = post("refresh_token" in session ? { refresh_token: session.refresh_token } : {});
      const sent = await sessionManager.sendWithCsrf(session, (as) =>
        sendWithRetry((signal) => sendAs(as, `${baseUrl}/auth/logout`, { ...init, signal }), sleep),
      );
      if (sent.session === undefined) return;
      if (!sent.response.ok) throw await readErrorResponse(sent.response);
      if (transport === "cookie") await sessionManager.forget();
    },
    refresh: async () => (await sessionManager.refresh(await sessionManager.read())) !== undefined,
    isSignedIn: async () => (await sessionManager.read()) !== undefined,
    fetch: fetchInSession,
    me: async () => readResult(await requireSuccess(fetchInSession("/auth/me")), "user"),
    sessions: async () => readResult(await requireSuccess(fetchInSession("/auth/sessions")), "sessions"),
    revokeSession: async (sessionId) => {
      const path = `/auth/sessions/${encodeURIComponent(sessionId)}`;
      await requireSuccess(fetchInSession(path, { method: "DELETE" })).catch(unlessNotFound);
    },
    logoutAll: async ({ keepCurrent = false } = {}) => {
      await requireSuccess(fetchInSession("/auth/logout-all", post({ keep_current: keepCurrent })));
      if (!keepCurrent) await sessionManager.forget();
    },
    changePassword: async ({ currentPassword, newPassword }) => {
      const init = post({ current_password: currentPassword, new_password: newPassword });
      const change = inSession(() =>
        sendWithRetry(async (signal) => {
          // The change rotates the refresh token. If the response is lost, the key proves the retry. If a refresh came in between,
          // the service responds 503, and the repetition needs the key of the token that is stored now.
          const held = await sessionManager.read();
          return sendAs(held, `${baseUrl}/auth/password`, {
            ...init,
            headers: { ...init.headers, ...(held && { "Idempotency-Key": held.idempotency_key }) },
            signal,
          });
        }, sleep),
      );
      const response = await requireSuccess(change);
      // 204: the password is changed, but the session was revoked during the change. The refresh gets a 401 and signs out.
      if (response.status === 204) await sessionManager.refresh(await sessionManager.read());
      else await sessionManager.begin(await requireSession(response), receiveDeviceToken(await parseBody(response)));
    },
  };
};

const post = (body: unknown) => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

const unlessNotFound = (error: unknown): void => {
  if (!(error instanceof ApiError) || error.code !== "not_found") throw error;
};
