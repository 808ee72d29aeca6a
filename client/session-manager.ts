import { parseBody, readCode, readErrorResponse } from "./errors.ts";
import { type Sleep, sendWithRetry } from "./retry.ts";
import type { SessionStorage } from "./storage.ts";
import {
  parseStored,
  receiveSession,
  type StoredSession,
  serializeStored,
  toCredentialHeaders,
} from "./stored-session.ts";

/** The options of `createSessionManager`. */
export type SessionManagerOptions = {
  /** Sends a request to the service. */
  readonly request: (path: string, init: RequestInit) => Promise<Response>;
  readonly transport: "bearer" | "cookie";
  readonly storage: SessionStorage;
  /** Called once when the service responds that the session is over. */
  readonly onSignedOut: () => void;
  readonly sleep: Sleep;
};

/**
 * Reads, refreshes and forgets one session, together with other processes that share the store. The session is in the store only, not
 * in a variable.
 */
export type SessionManager = {
  /** The stored session. Undefined if there is none for this transport. */
  readonly read: () => Promise<StoredSession | undefined>;
  /** The last device token of this device. The device token outlives the session. */
  readonly readDeviceToken: () => Promise<string | undefined>;
  /** Replaces the stored session by a new session. */
  readonly begin: (session: StoredSession, deviceToken?: string) => Promise<void>;
  /** Removes the session from the store at once, also during a refresh. */
  readonly forget: () => Promise<void>;
  /**
   * The session to use after a request with `seen` got a 401. If another tab or process has stored a newer session, returns that session
   * without a request. Otherwise refreshes: one request, and one write to the store. Undefined if the session is over.
   * @throws ApiError if the service did not respond as expected. The session is kept. The next call presents the same token and key.
   */
  readonly refresh: (seen: StoredSession | undefined) => Promise<StoredSession | undefined>;
  /**
   * Cookie transport only: asks the service for the CSRF token of the session. A page that was reloaded does not know the token.
   * @throws ApiError if the service did not respond as expected
   */
  readonly restore: () => Promise<StoredSession | undefined>;
  /** Sends with the session. After a 403 `csrf_failed`, asks the service for the CSRF token and sends once more. */
  readonly sendWithCsrf: (
    session: StoredSession | undefined,
    send: (session: StoredSession | undefined) => Promise<Response>,
  ) => Promise<{ readonly session: StoredSession | undefined; readonly response: Response }>;
};

/** Creates the session manager of a client. Sends no request. */
export const createSessionManager = ({
  request,
  transport,
  storage,
  onSignedOut,
  sleep,
}: SessionManagerOptions): SessionManager => {
  let refreshing: Promise<StoredSession | undefined> | undefined;
  const lock = storage.lock ?? createLock();
  /** Runs a read of the store together with the write that depends on it. No other such step of this client runs in between. */
  const inTurn = createLock();

  const read = async (): Promise<StoredSession | undefined> => {
    const { session } = parseStored(await storage.get());
    return session !== undefined && "csrf_token" in session === (transport === "cookie") ? session : undefined;
  };
  const readDeviceToken = async () => parseStored(await storage.get()).deviceToken;
  const write = async (session: StoredSession | undefined, given?: string): Promise<void> =>
    storage.set(serializeStored({ session, deviceToken: given ?? (await readDeviceToken()) }));

  /** Forgets the session and tells the application. */
  const end = async (): Promise<undefined> => {
    await write(undefined);
    onSignedOut();
  };

  const restore = async (): Promise<StoredSession | undefined> => {
    const response = await sendWithRetry((signal) => request("/auth/csrf", { signal }), sleep);
    return inTurn(async () => {
      const held = await read();
      if (await isOver(response)) return held && end();
      const received = receiveSession(await parseBody(response));
      if (!response.ok || received === undefined) throw await readErrorResponse(response);
      // The stored key stays, because a request may have presented the key with the cookies of the browser already.
      const restored = { ...received, ...(held && { idempotency_key: held.idempotency_key }) };
      await write(restored);
      return restored;
    });
  };

  const sendWithCsrf: SessionManager["sendWithCsrf"] = async (session, send) => {
    const response = await send(session);
    if (transport !== "cookie" || response.status !== 403 || (await readCode(response)) !== "csrf_failed") {
      return { session, response };
    }
    const restored = await restore();
    return { session: restored, response: await send(restored) };
  };

  const present = (session: StoredSession | undefined): Promise<Response> =>
    sendWithRetry(
      (signal) =>
        request("/auth/refresh", {
          method: "POST",
          headers: {
            "Content-Type": "application/json",
            ...(session && { "Idempotency-Key": session.idempotency_key }),
            ...(session && "csrf_token" in session && toCredentialHeaders(session, "POST")),
          },
          body: JSON.stringify(session && "refresh_token" in session ? { refresh_token: session.refresh_token } : {}),
          signal,
        }),
      sleep,
    );

  const rotate = async (seen: StoredSession | undefined): Promise<StoredSession | undefined> => {
    const held = await read();
    if (!isSame(held, seen)) return held;
    const current = held ?? (transport === "cookie" ? await restore() : undefined);
    if (current === undefined) return undefined;
    const { session: presented, response } = await sendWithCsrf(current, present);

    return inTurn(async () => {
      const heldNow = await read();
      // Another process has rotated the tokens, or the user has signed out or in. The stored session is newer than this response.
      if (!isSame(heldNow, presented)) return heldNow;
      if (await isOver(response)) return end();
      const next = receiveSession(await parseBody(response));
      // A 200 without a session does not come from the service, but for example from a captive portal. The session is kept.
      if (!response.ok || next === undefined) throw await readErrorResponse(response);
      await write(next);
      return next;
    });
  };

  return {
    read,
    readDeviceToken,
    begin: (session, given) => lock(() => inTurn(() => write(session, given))),
    forget: () => inTurn(() => write(undefined)),
    refresh: (seen) => {
      refreshing ??= lock(() => rotate(seen)).finally(() => {
        refreshing = undefined;
      });
      return refreshing;
    },
    restore,
    sendWithCsrf,
  };
};

/** Whether both are the same entry. Each rotation makes a new key. */
const isSame = (one: StoredSession | undefined, other: StoredSession | undefined): boolean =>
  one?.idempotency_key === other?.idempotency_key;

/** Whether the service says that the session is over. A 401 without an error code comes from a proxy. */
const isOver = async (response: Response): Promise<boolean> =>
  response.status === 401 && (await readCode(response)) !== undefined;

/** Runs one function at a time within this client, in the order of the calls. */
const createLock = (): NonNullable<SessionStorage["lock"]> => {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const result = last.then(run);
    last = result.catch(() => undefined);
    return result;
  };
};
