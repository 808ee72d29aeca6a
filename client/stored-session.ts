import { parseJson, readMember, readText } from "./json.ts";

/**
 * A session as the client stores it, in one write. The client makes the idempotency key when it receives the tokens. Every process
 * that presents this refresh token presents this key with it, also much later. By the key the service recognizes a retry. The key
 * also names the entry: if the store holds another key, another process has rotated the tokens.
 */
export type StoredSession = {
  readonly idempotency_key: string;
} & (
  | {
      readonly access_token: string;
      readonly refresh_token: string;
      /** When the access token expires by the clock of this device, in epoch milliseconds. */
      readonly access_expires_at?: number;
    }
  /** With the cookie transport the tokens are in cookies that scripts cannot read. */
  | { readonly csrf_token: string }
);

/** The content of the store: the session, and the device token, which outlives the session. */
export type Stored = { readonly session: StoredSession | undefined; readonly deviceToken: string | undefined };

/**
 * The session in the response to a login, a refresh or a password change, with a new idempotency key. Undefined if the body holds no
 * session.
 * @param now epoch milliseconds
 */
export const receiveSession = (body: unknown, now = Date.now()): StoredSession | undefined => {
  const expiresIn = readMember(body, "expires_in");
  return toSession({
    ...(body as object),
    idempotency_key: randomKey(),
    ...(typeof expiresIn === "number" && { access_expires_at: now + expiresIn * 1000 }),
  });
};

/** The device token in the response to a login or a password change. Undefined with the cookie transport: there it is a cookie. */
export const receiveDeviceToken = (body: unknown): string | undefined => readText(body, "device_token");

/** Parses the string from the store. A string that cannot be read counts as an empty store. */
export const parseStored = (stored: string | null | undefined): Stored => {
  const value = parseJson(stored);
  return { session: toSession(value), deviceToken: receiveDeviceToken(value) };
};

/** The string to store. Undefined if there is neither a session nor a device token. */
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
    idempotency_key,
    access_token,
    refresh_token,
    ...(typeof access_expires_at === "number" && { access_expires_at }),
  };
};

/** The longest life of an access token, and a minute for small corrections of a clock, in milliseconds. */
const MAX_ACCESS_TOKEN_MS = 960_000;

/**
 * Whether the access token of the session has expired by the clock of this device. False with the cookie transport. A token that seems to
 * live longer than any access token was received before the clock was set back. Its expiry is unknown, so the token counts as expired.
 */
export const isExpired = (session: StoredSession | undefined, now = Date.now()): boolean => {
  if (session === undefined || !("access_token" in session) || session.access_expires_at === undefined) return false;
  return now >= session.access_expires_at || session.access_expires_at - now > MAX_ACCESS_TOKEN_MS;
};

/** 128 random bits in hexadecimal. */
const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The headers that authenticate a request: `Authorization`, or `X-CSRF-Token` for an unsafe method with the cookie transport. */
export const toCredentialHeaders = (session: StoredSession | undefined, method = "GET"): Record<string, string> => {
  if (session === undefined) return {};
  if ("access_token" in session) return { Authorization: `Bearer ${session.access_token}` };
  return /^(GET|HEAD|OPTIONS)$/i.test(method) ? {} : { "X-CSRF-Token": session.csrf_token };
};
