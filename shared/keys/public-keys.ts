import * as z from "zod/mini";
import type { EpochSeconds } from "../time.ts";
import { type AccessKey, keyId, SIGNING_ALGORITHMS, time } from "./key-ring.ts";

const member = { kid: keyId, use: z.literal("sig"), alg: z.enum(SIGNING_ALGORITHMS) };

/** RFC 7517 4: public members only, told apart by `kid`, with `use` and `alg` (K1). */
const publicJwk = z.union([
  z.object({ ...member, kty: z.literal("RSA"), n: z.string(), e: z.string() }),
  z.object({ ...member, kty: z.literal("EC"), crv: z.literal("P-256"), x: z.string(), y: z.string() }),
  z.object({ ...member, kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string() }),
]);

const publishedKey = z.object({ publishedAt: time, jwk: publicJwk });

const publishedKeys = z.object({
  /** Counts publications, so that a late writer cannot put back an older set. */
  revision: z.int(),
  keys: z.array(publishedKey),
  /** Keys of either use that no ring may hold again. It stands here, where reads are consistent and every run looks. */
  withdrawn: z.array(keyId),
});

export type PublicJwk = z.infer<typeof publicJwk>;
export type PublishedKey = z.infer<typeof publishedKey>;

/** The set that authorizers and the JWKS endpoint serve from, and since when each key stands in it. */
export type PublishedKeys = z.infer<typeof publishedKeys>;

/** What one publication says. */
export type Publication = Pick<PublishedKeys, "keys" | "withdrawn">;

/** @throws ZodError when the row is not what we wrote */
export const parsePublishedKeys = (row: unknown): PublishedKeys => publishedKeys.parse(row);

/** The public half, member by member: what is not named here cannot leak. */
export const toPublicJwk = ({ kid, alg, privateJwk }: AccessKey): PublicJwk => {
  const common = { kid, use: "sig", alg } as const;
  switch (privateJwk.kty) {
    case "RSA":
      return { ...common, kty: "RSA", n: privateJwk.n, e: privateJwk.e };
    case "EC":
      return { ...common, kty: "EC", crv: privateJwk.crv, x: privateJwk.x, y: privateJwk.y };
    case "OKP":
      return { ...common, kty: "OKP", crv: privateJwk.crv, x: privateJwk.x };
  }
};

/** Since when the key is published without a break; undefined where it is not. */
export const publicSince = (published: PublishedKeys | undefined, kid: string): EpochSeconds | undefined =>
  published?.keys.find(({ jwk }) => jwk.kid === kid)?.publishedAt;
