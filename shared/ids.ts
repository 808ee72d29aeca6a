import { randomBytes } from "node:crypto";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** The `sub` of a token and the key of a user row. Opaque; 128 random bits as base64url. */
export type UserId = Branded<"UserId">;
/** The `sid` of a token and, with the user id, the key of a session row. */
export type SessionId = Branded<"SessionId">;
/** The `jti` of a token (RFC 7519 4.1.7). */
export type TokenId = Branded<"TokenId">;
/** The `kid` of a key (RFC 7515 4.1.4). */
export type KeyId = Branded<"KeyId">;
/** Tells one write to a row from all others, so that a repeat of the write is recognised. Not a secret. */
export type WriteId = Branded<"WriteId">;

/** Where new identifiers come from. A test passes its own to know them beforehand. */
export type IdSource = {
  readonly userId: () => UserId;
  readonly sessionId: () => SessionId;
  readonly tokenId: () => TokenId;
  readonly keyId: () => KeyId;
  readonly writeId: () => WriteId;
};

/** 128 bits: what R1 of the security bar and RFC 6749 10.10 ask of a value nobody may guess. */
const randomId = (): string => randomBytes(16).toString("base64url");

export const randomIds: IdSource = {
  userId: () => randomId() as UserId,
  sessionId: () => randomId() as SessionId,
  tokenId: () => randomId() as TokenId,
  keyId: () => randomId() as KeyId,
  // 72 bits: unique among the writes to one row. Rows of the Throttle table keep up to a thousand of them.
  writeId: () => randomBytes(9).toString("base64url") as WriteId,
};
