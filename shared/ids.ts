import { randomBytes } from "node:crypto";
import * as z from "zod/mini";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** The `sub` of a token and the key of a user row. Opaque; 128 random bits as base64url. */
export type UserId = Branded<"UserId">;
/** The `sid` of a token and, with the user id, the key of a session row. Opaque; 128 random bits as base64url. */
export type SessionId = Branded<"SessionId">;
/** The `jti` of a token (RFC 7519 4.1.7). Opaque; 128 random bits as base64url. */
export type TokenId = Branded<"TokenId">;
/** The `kid` of a key (RFC 7515 4.1.4). */
export type KeyId = Branded<"KeyId">;
/** The id of one write to a row. The store recognizes a repeat of the same write by this id. Not a secret. */
export type WriteId = Branded<"WriteId">;

/** Base64url characters, at least one and at most `maxLength`. The length keeps every key of a row within DynamoDB's limits. */
const idSchema = <Id extends string>(maxLength: number) =>
  z.pipe(
    z.string().check(z.regex(/^[A-Za-z0-9_-]+$/), z.maxLength(maxLength)),
    z.transform((text) => text as Id),
  );

/** Parses a user id of a token, a row or a request: 1 to 128 base64url characters. */
export const userIdSchema = idSchema<UserId>(128);
/** Parses a session id of a token, a row or a request: 1 to 128 base64url characters. */
export const sessionIdSchema = idSchema<SessionId>(128);
/** Parses a token id of a token or a row: 1 to 128 base64url characters. */
export const tokenIdSchema = idSchema<TokenId>(128);
/** Parses a key id of a token, a row, the key ring or a command: 1 to 64 base64url characters. */
export const keyIdSchema = idSchema<KeyId>(64);

/** Creates new identifiers. A test passes its own source, so that the ids are known beforehand. */
export type IdSource = {
  readonly userId: () => UserId;
  readonly sessionId: () => SessionId;
  readonly tokenId: () => TokenId;
  readonly keyId: () => KeyId;
  readonly writeId: () => WriteId;
};

/** 128 random bits: the least for a value that nobody may guess (R1, RFC 6749 10.10). */
const randomId = (): string => randomBytes(16).toString("base64url");

/** Creates identifiers from the random generator of Node.js. */
export const randomIds: IdSource = {
  userId: () => randomId() as UserId,
  sessionId: () => randomId() as SessionId,
  tokenId: () => randomId() as TokenId,
  keyId: () => randomId() as KeyId,
  // 72 bits make the id unique among the writes to one row. A row of the Throttle table holds up to a thousand of these ids.
  writeId: () => randomBytes(9).toString("base64url") as WriteId,
};
