import type { KeyObject } from "node:crypto";
import * as z from "zod/mini";
import type { SigningAlgorithm } from "../contract/signing-algorithms.ts";

/** RFC 7518 3.3, in bits. */
const MIN_MODULUS_LENGTH = 2048;

/** An RSA key with another public exponent is not accepted. With the exponent 1 every text is its own signature. */
const PUBLIC_EXPONENT = 65_537n;

/** `PUBLIC_EXPONENT` in a JWK. */
const ENCODED_PUBLIC_EXPONENT = "AQAB";

/**
 * Whether a public or private key is of the one kind that the algorithm uses: RSA with at least 2 048 bits and the public
 * exponent 65 537 for RS256 (RFC 7518 3.3), P-256 for ES256 (RFC 7518 3.4), Ed25519 for EdDSA (RFC 8037 3.1).
 */
export const fitsAlgorithm = (
  { asymmetricKeyType, asymmetricKeyDetails }: KeyObject,
  alg: SigningAlgorithm,
): boolean => {
  switch (alg) {
    case "RS256": {
      const { modulusLength = 0, publicExponent } = asymmetricKeyDetails ?? {};
      return asymmetricKeyType === "rsa" && modulusLength >= MIN_MODULUS_LENGTH && publicExponent === PUBLIC_EXPONENT;
    }
    case "ES256":
      return asymmetricKeyType === "ec" && asymmetricKeyDetails?.namedCurve === "prime256v1";
    case "EdDSA":
      return asymmetricKeyType === "ed25519";
  }
};

const decode = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
};

/** Base64url in its one canonical spelling, of at least `minBytes` and at most `maxBytes` bytes. */
export const encodedBytes = (minBytes: number, maxBytes: number) =>
  z.string().check(
    z.refine((text) => {
      const length = decode(text)?.length ?? -1;
      return length >= minBytes && length <= maxBytes;
    }),
  );

/** A positive number of at least 2 048 bits as RFC 7518 2 encodes it: without leading zero bytes. */
const modulus = z.string().check(
  z.refine((text) => {
    const bytes = decode(text);
    const first = bytes?.[0] ?? 0;
    return first > 0 && ((bytes?.length ?? 0) - 1) * 8 + (32 - Math.clz32(first)) >= MIN_MODULUS_LENGTH;
  }),
);

/** A coordinate or a private number of P-256 or Ed25519. */
const bytes32 = encodedBytes(32, 32);

/** The `kty` of a key of each algorithm (RFC 7518 6.1, RFC 8037 2). */
export const KEY_TYPES = { RS256: "RSA", ES256: "EC", EdDSA: "OKP" } as const satisfies Record<
  SigningAlgorithm,
  string
>;

/** The public members of the three kinds of JWK that this service makes (RFC 7517 4, RFC 7518 6, RFC 8037 2). */
export const PUBLIC_MEMBERS = {
  RS256: { kty: z.literal(KEY_TYPES.RS256), n: modulus, e: z.literal(ENCODED_PUBLIC_EXPONENT) },
  ES256: { kty: z.literal(KEY_TYPES.ES256), crv: z.literal("P-256"), x: bytes32, y: bytes32 },
  EdDSA: { kty: z.literal(KEY_TYPES.EdDSA), crv: z.literal("Ed25519"), x: bytes32 },
} as const;

/** Those members together with the private ones. */
export const PRIVATE_MEMBERS = {
  RS256: {
    ...PUBLIC_MEMBERS.RS256,
    d: z.string(),
    p: z.string(),
    q: z.string(),
    dp: z.string(),
    dq: z.string(),
    qi: z.string(),
  },
  ES256: { ...PUBLIC_MEMBERS.ES256, d: bytes32 },
  EdDSA: { ...PUBLIC_MEMBERS.EdDSA, d: bytes32 },
} as const;
