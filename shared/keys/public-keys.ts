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
  /** Counts publications, so that a late writer cannot put back an older set. */
  revision: z.int(),
  keys: z.array(publishedKey),
  /** Keys of either use that no ring may hold again. It stands here, where reads are consistent and every run looks. */
  withdrawn: z.array(keyIdSchema),
});

export type PublicJwk = z.infer<typeof publicJwk>;
export type PublishedKey = z.infer<typeof publishedKey>;

/** The set that authorizers and the JWKS endpoint serve from, and since when each key stands in it. */
export type PublishedKeys = z.infer<typeof publishedKeys>;

/** What one publication says. */
export type Publication = Pick<PublishedKeys, "keys" | "withdrawn">;

/** @throws ZodError when the row is not what we wrote */
export const parsePublishedKeys = (row: unknown): PublishedKeys => publishedKeys.parse(row);

/**
 * The public half of an access key. The schema drops every member that it does not name, so no private member passes.
 * @throws ZodError when the key is not of the kind that its algorithm uses
 */
export const toPublicJwk = ({ kid, alg, privateJwk }: AccessKey): PublicJwk =>
  publicJwk.parse({ ...privateJwk, kid, use: "sig", alg });

/** Since when the key is published without a break; undefined where it is not. */
export const publicSince = (published: PublishedKeys | undefined, kid: string): EpochSeconds | undefined =>
  published?.keys.find(({ jwk }) => jwk.kid === kid)?.publishedAt;
