import * as z from "zod/mini";
import { keyIdSchema } from "../ids.ts";
import { type EpochSeconds, epochSecondsSchema } from "../time.ts";
import { PUBLIC_MEMBERS } from "./key-kinds.ts";
import type { AccessKey } from "./key-ring.ts";

const member = { kid: keyIdSchema, use: z.literal("sig") };

/**
 * RFC 7517 4: public members only, with `kid`, `use` and `alg` (K1). The algorithm decides the kind of key: a row with
 * another key is malformed.
 */
const publicJwk = z.discriminatedUnion("alg", [
  z.object({ ...member, alg: z.literal("RS256"), ...PUBLIC_MEMBERS.RS256 }),
  z.object({ ...member, alg: z.literal("ES256"), ...PUBLIC_MEMBERS.ES256 }),
  z.object({ ...member, alg: z.literal("EdDSA"), ...PUBLIC_MEMBERS.EdDSA }),
]);

const publishedKey = z.object({ publishedAt: epochSecondsSchema, jwk: publicJwk });

const publishedKeys = z.object({
  /** The number of publications. A late writer cannot restore an older set, because its revision is old. */
  revision: z.int(),
  keys: z.array(publishedKey),
  /**
   * The ids of withdrawn access and refresh keys. No ring may contain them again. Reads of this row are strongly consistent, and
   * every run reads it.
   */
  withdrawn: z.array(keyIdSchema),
});

/** A public key as a JWK. */
export type PublicJwk = z.infer<typeof publicJwk>;
/** A public key, and the time since when it is public. */
export type PublishedKey = z.infer<typeof publishedKey>;

/** The row of the Keys table. Authorizers and the JWKS endpoint read it. */
export type PublishedKeys = z.infer<typeof publishedKeys>;

/** The content of one publication. */
export type Publication = Pick<PublishedKeys, "keys" | "withdrawn">;

/** Parses the row of the Keys table. @throws ZodError if the row is malformed */
export const parsePublishedKeys = (row: unknown): PublishedKeys => publishedKeys.parse(row);

/**
 * Returns the public half of an access key. The schema drops every member that it does not name, so the result has no private
 * member.
 * @throws ZodError if the key is not of the kind that its algorithm uses
 */
export const toPublicJwk = ({ kid, alg, privateJwk }: AccessKey): PublicJwk =>
  publicJwk.parse({ ...privateJwk, kid, use: "sig", alg });

/** Returns the time since when the key is public without a break, or undefined if the key is not public. */
export const publicSince = (published: PublishedKeys | undefined, kid: string): EpochSeconds | undefined =>
  published?.keys.find(({ jwk }) => jwk.kid === kid)?.publishedAt;
