import type { KeyObject } from "node:crypto";
import * as z from "zod/mini";

/**
 * The algorithms that may sign access tokens (RFC 7518 3.1, RFC 8037). One of them is in use. A rotation changes the algorithm.
 */
export const SIGNING_ALGORITHMS = ["RS256", "ES256", "EdDSA"] as const;
/** One of the algorithms that may sign access tokens. */
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** RFC 7518 3.3, in bits. */
const MIN_MODULUS_LENGTH = 2048;

/** An RSA key with another public exponent is not accepted. With the exponent 1 every text is its own signature. */
const PUBLIC_EXPONENT = 65_537n;

/** `PUBLIC_EXPONENT` in a JWK. */
const ENCODED_PUBLIC_EXPONENT = "AQAB";

/**
 * The encodings of the eight points of small order on edwards25519, and of those among them that are not canonical, without the
 * sign bit. With such a point as the public key, a signature can be made without a private key. OpenSSL accepts them.
 * Source: the blocklist of libsodium (`ge25519_has_small_order`).
 */
const SMALL_ORDER_POINTS = new Set([
  `00${"00".repeat(31)}`,
  `01${"00".repeat(31)}`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  `ec${"ff".repeat(30)}7f`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
]);

/** Whether an Ed25519 public key, in base64url, is a point of small order. */
const hasSmallOrder = (encoded: string): boolean => {
  const point = Buffer.from(encoded, "base64url");
  const last = point.length - 1;
  point[last] = (point[last] ?? 0) & 0x7f;
  return SMALL_ORDER_POINTS.has(point.toString("hex"));
};

/**
 * Whether a public or private key is of the one kind that the algorithm uses: RSA with at least 2 048 bits and the public
 * exponent 65 537 for RS256 (RFC 7518 3.3), P-256 for ES256 (RFC 7518 3.4), Ed25519 for EdDSA (RFC 8037 3.1), and no public
 * point of small order.
 */
export const fitsAlgorithm = (key: KeyObject, alg: SigningAlgorithm): boolean => {
  const { asymmetricKeyType, asymmetricKeyDetails, type } = key;
  switch (alg) {
    case "RS256": {
      const { modulusLength = 0, publicExponent } = asymmetricKeyDetails ?? {};
      return asymmetricKeyType === "rsa" && modulusLength >= MIN_MODULUS_LENGTH && publicExponent === PUBLIC_EXPONENT;
    }
    case "ES256":
      return asymmetricKeyType === "ec" && asymmetricKeyDetails?.namedCurve === "prime256v1";
    case "EdDSA":
      if (asymmetricKeyType !== "ed25519") return false;
      return type === "private" || !hasSmallOrder(key.export({ format: "jwk" }).x ?? "");
  }
};

const decode = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
};

/** Parses base64url in its canonical form, of at least `minBytes` and at most `maxBytes` bytes. */
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

/** A public key of Ed25519 that is not of small order. */
const ed25519Point = bytes32.check(z.refine((text) => !hasSmallOrder(text)));

/** The `kty` of a key of each algorithm (RFC 7518 6.1, RFC 8037 2). */
export const KEY_TYPES = { RS256: "RSA", ES256: "EC", EdDSA: "OKP" } as const satisfies Record<
  SigningAlgorithm,
  string
>;

/** The public members of the three kinds of JWK that this service makes (RFC 7517 4, RFC 7518 6, RFC 8037 2). */
export const PUBLIC_MEMBERS = {
  RS256: { kty: z.literal(KEY_TYPES.RS256), n: modulus, e: z.literal(ENCODED_PUBLIC_EXPONENT) },
  ES256: { kty: z.literal(KEY_TYPES.ES256), crv: z.literal("P-256"), x: bytes32, y: bytes32 },
  EdDSA: { kty: z.literal(KEY_TYPES.EdDSA), crv: z.literal("Ed25519"), x: ed25519Point },
} as const;

/** The public and the private members of the three kinds of JWK. */
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
