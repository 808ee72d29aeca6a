import { parseJson, textOf } from "./json.ts";

/**
 * All that a client keeps of a session, written at once. The key was made when the tokens came in and belongs to them: whoever
 * presents this refresh token, in whatever process and however late, presents this key with it, which is how the service
 * knows a retry from a thief. It also names the entry: another key in the store means that another process has moved on.
 */
export type StoredSession = {
  readonly idempotency_key: string;
} & (
  | { readonly access_token: string; readonly refresh_token: string }
  /** The tokens are in cookies that scripts cannot read. */
  | { readonly csrf_token: string }
);

/** The session that an answer to login, refresh or a password change carries, with its key. */
export const receiveSession = (body: unknown): StoredSession | undefined =>
  toSession({ ...(body as object), idempotency_key: randomKey() });

/** What the store holds; anything unreadable counts as nothing. */
export const parseSession = (stored: string | null | undefined): StoredSession | undefined =>
  toSession(parseJson(stored));

const toSession = (value: unknown): StoredSession | undefined => {
  const [idempotency_key, csrf_token, access_token, refresh_token] = [
    textOf(value, "idempotency_key"),
    textOf(value, "csrf_token"),
    textOf(value, "access_token"),
    textOf(value, "refresh_token"),
  ];
  if (idempotency_key === undefined) return undefined;
  if (csrf_token !== undefined) return { idempotency_key, csrf_token };
  if (access_token === undefined || refresh_token === undefined) return undefined;
  return { idempotency_key, access_token, refresh_token };
};

/** 128 random bits. */
const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The headers by which a request belongs to the session. */
export const proofOf = (session: StoredSession | undefined, method = "GET"): Record<string, string> => {
  if (session === undefined) return {};
  if ("access_token" in session) return { Authorization: `Bearer ${session.access_token}` };
  return /^(GET|HEAD|OPTIONS)$/i.test(method) ? {} : { "X-CSRF-Token": session.csrf_token };
};
