import { parseJson, readMember, readText } from "./json.ts";

/**
 * All that a client keeps of a session, written at once. The key was made when the tokens came in and belongs to them: whoever
 * presents this refresh token, in whatever process and however late, presents this key with it, which is how the service
 * knows a retry from a thief. It also names the entry: another key in the store means that another process has moved on.
 */
export type StoredSession = {
  readonly idempotency_key: string;
} & (
  | {
      readonly access_token: string;
      readonly refresh_token: string;
      /** When the access token ends, by the clock of this device: epoch milliseconds. */
      readonly access_expires_at?: number;
    }
  /** The tokens are in cookies that scripts cannot read. */
  | { readonly csrf_token: string }
);

/** What the store holds: a session while there is one, and what lets the service know this device after its end. */
export type Stored = { readonly session: StoredSession | undefined; readonly deviceToken: string | undefined };

/** The session that an answer to login, refresh or a password change carries, with its key. @param now epoch milliseconds */
export const receiveSession = (body: unknown, now = Date.now()): StoredSession | undefined => {
  const expiresIn = readMember(body, "expires_in");
  return toSession({
    ...(body as object),
    idempotency_key: randomKey(),
    ...(typeof expiresIn === "number" && { access_expires_at: now + expiresIn * 1000 }),
  });
};

/** The device's token in an answer to a login; in browsers it is a cookie. */
export const receiveDeviceToken = (body: unknown): string | undefined => readText(body, "device_token");

/** What a string from the store says; anything unreadable counts as nothing. */
export const parseStored = (stored: string | null | undefined): Stored => {
  const value = parseJson(stored);
  return { session: toSession(value), deviceToken: receiveDeviceToken(value) };
};

/** The string to store; undefined where there is nothing to keep. */
export const serializeStored = ({ session, deviceToken }: Stored): string | undefined =>
  session === undefined && deviceToken === undefined
    ? undefined
    : JSON.stringify({ ...session, ...(deviceToken !== undefined && { device_token: deviceToken }) });

const toSession = (value: unknown): StoredSession | undefined => {
  const [idempotency_key, csrf_token, access_token, refresh_token] = [
    readText(value, "idempotency_key"),
    readText(value, "csrf_token"),
    readText(value, "access_token"),
    readText(value, "refresh_token"),
  ];
  if (idempotency_key === undefined) return undefined;
  if (csrf_token !== undefined) return { idempotency_key, csrf_token };
  if (access_token === undefined || refresh_token === undefined) return undefined;
  const access_expires_at = readMember(value, "access_expires_at");
  return {
    ...{ idempotency_key, access_token, refresh_token },
    ...(typeof access_expires_at === "number" && { access_expires_at }),
  };
};

/** The longest life of an access token, and a minute for small corrections of a clock, in milliseconds. */
const MAX_ACCESS_TOKEN_MS = 960_000;

/**
 * Whether its access token has ended, as far as this device's clock can tell. A token that seems to live longer than any token
 * lives was received before the clock was set back: then nobody knows when the token ends, and it counts as ended.
 */
export const hasEnded = (session: StoredSession | undefined, now = Date.now()): boolean => {
  if (session === undefined || !("access_token" in session) || session.access_expires_at === undefined) return false;
  return now >= session.access_expires_at || session.access_expires_at - now > MAX_ACCESS_TOKEN_MS;
};

/** 128 random bits. */
const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The headers by which a request belongs to the session. */
export const readProof = (session: StoredSession | undefined, method = "GET"): Record<string, string> => {
  if (session === undefined) return {};
  if ("access_token" in session) return { Authorization: `Bearer ${session.access_token}` };
  return /^(GET|HEAD|OPTIONS)$/i.test(method) ? {} : { "X-CSRF-Token": session.csrf_token };
};
