import { parseBody, readCode, readErrorResponse } from "./errors.ts";
import { type Sleep, sendWithRetry } from "./retry.ts";
import type { SessionStorage } from "./storage.ts";
import { parseStored, readProof, receiveSession, type StoredSession, serializeStored } from "./stored-session.ts";

export type SessionManagerOptions = {
  /** Sends a request to the service. */
  readonly request: (path: string, init: RequestInit) => Promise<Response>;
  readonly transport: "bearer" | "cookie";
  readonly storage: SessionStorage;
  readonly onSignedOut: () => void;
  readonly sleep: Sleep;
};

/** Holds one session for all who use the store, and renews it. The store is the only memory: nothing is kept beside it. */
export type SessionManager = {
  readonly read: () => Promise<StoredSession | undefined>;
  /** What this device was last given to be known by; it outlives the session. */
  readonly deviceToken: () => Promise<string | undefined>;
  /** Starts with this session, whatever was held. */
  readonly begin: (session: StoredSession, deviceToken?: string) => Promise<void>;
  /** Forgets the session at once, even while it is being renewed. */
  readonly forget: () => Promise<void>;
  /**
   * The session to go on with after a request with `seen` was answered 401: what another tab or process stored in the
   * meantime, else the next pair. Undefined if the session is over.
   * @throws ApiError if the service could not say; the session is kept, and the next try presents the same token and key
   */
  readonly refresh: (seen: StoredSession | undefined) => Promise<StoredSession | undefined>;
  /**
   * Cookie transport: asks for the session's CSRF token, unknown after a reload.
   * @throws ApiError if the service could not say
   */
  readonly restore: () => Promise<StoredSession | undefined>;
  /** Sends with the session; where its CSRF token was refused, asks for the right one and sends once more. */
  readonly sendProven: (
    session: StoredSession | undefined,
    send: (session: StoredSession | undefined) => Promise<Response>,
  ) => Promise<{ readonly session: StoredSession | undefined; readonly response: Response }>;
};

export const createSessionManager = ({
  request,
  transport,
  storage,
  onSignedOut,
  sleep,
}: SessionManagerOptions): SessionManager => {
  let refreshing: Promise<StoredSession | undefined> | undefined;
  const lock = storage.lock ?? createLock();
  /** Reading the store and writing what follows from it: nothing of this client comes in between, and no lock is held. */
  const inTurn = createLock();

  const read = async (): Promise<StoredSession | undefined> => {
    const { session } = parseStored(await storage.get());
    return session !== undefined && "csrf_token" in session === (transport === "cookie") ? session : undefined;
  };
  const deviceToken = async () => parseStored(await storage.get()).deviceToken;
  const write = async (session: StoredSession | undefined, given?: string): Promise<void> =>
    storage.set(serializeStored({ session, deviceToken: given ?? (await deviceToken()) }));

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
      // The key stays: it may have been presented already with the cookies that the browser holds.
      const restored = { ...received, ...(held && { idempotency_key: held.idempotency_key }) };
      await write(restored);
      return restored;
    });
  };

  const sendProven: SessionManager["sendProven"] = async (session, send) => {
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
            ...(session && "csrf_token" in session && readProof(session, "POST")),
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
    const { session: presented, response } = await sendProven(current, present);

    return inTurn(async () => {
      const heldNow = await read();
      // Another process was faster, or the user signed out or in: what is stored now is newer than this answer.
      if (!isSame(heldNow, presented)) return heldNow;
      if (await isOver(response)) return end();
      const next = receiveSession(await parseBody(response));
      // A 200 without a session is not the service's, but a captive portal's, say: nothing is lost yet.
      if (!response.ok || next === undefined) throw await readErrorResponse(response);
      await write(next);
      return next;
    });
  };

  return {
    read,
    deviceToken,
    begin: (session, given) => lock(() => inTurn(() => write(session, given))),
    forget: () => inTurn(() => write(undefined)),
    refresh: (seen) => {
      refreshing ??= lock(() => rotate(seen)).finally(() => {
        refreshing = undefined;
      });
      return refreshing;
    },
    restore,
    sendProven,
  };
};

/** The key names the entry: each rotation makes another. */
const isSame = (one: StoredSession | undefined, other: StoredSession | undefined): boolean =>
  one?.idempotency_key === other?.idempotency_key;

/** Only the service's own 401 ends a session, not one of a proxy on the way. */
const isOver = async (response: Response): Promise<boolean> =>
  response.status === 401 && (await readCode(response)) !== undefined;

/** One at a time within this process, in the order of asking. */
const createLock = (): NonNullable<SessionStorage["lock"]> => {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const result = last.then(run);
    last = result.catch(() => undefined);
    return result;
  };
};
