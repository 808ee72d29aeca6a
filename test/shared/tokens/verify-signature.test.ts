import { createHash, createPublicKey, generateKeyPairSync, KeyObject } from "node:crypto";
import { type CryptoKey, importJWK } from "jose";
import { describe, expect, it, vi } from "vitest";
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from "../../../shared/contract/signing-algorithms.ts";
import type { VerificationKey } from "../../../shared/keys/verification-keys.ts";
import { verifySignature } from "../../../shared/tokens/verify-signature.ts";
import { getPrivateKey, signerFor, signJws } from "../../support/jws.ts";
import { anAccessKey, publishedSet } from "../../support/keys.ts";
import { VECTORS } from "./rfc-vectors.ts";

const getKey = async ({ jwk }: (typeof VECTORS)[number]): Promise<VerificationKey> => {
  const key = await importJWK({ ...jwk }, jwk.alg);
  if (key instanceof Uint8Array) throw new Error("not a public key");
  return { alg: jwk.alg, key };
};

describe.each(VECTORS)("the example of $origin", (vector) => {
  it("verifies (T3)", async () => {
    expect(verifySignature(vector.token, await getKey(vector))).toBe(true);
  });

  it("does not verify with any one character of header or payload changed (T3)", async () => {
    const key = await getKey(vector);
    const end = vector.token.lastIndexOf(".");
    for (let i = 0; i < end; i++) {
      const changed = `${vector.token.slice(0, i)}${vector.token[i] === "A" ? "B" : "A"}${vector.token.slice(i + 1)}`;
      expect(verifySignature(changed, key), `character ${i}`).toBe(false);
    }
  });

  it("does not verify with any one bit of the signature flipped (T3)", async () => {
    const key = await getKey(vector);
    const end = vector.token.lastIndexOf(".") + 1;
    const signature = Buffer.from(vector.token.slice(end), "base64url");
    for (let i = 0; i < signature.length; i++) {
      const flipped = Buffer.from(signature);
      flipped[i] = (flipped[i] ?? 0) ^ (1 << (i % 8));
      expect(verifySignature(vector.token.slice(0, end) + flipped.toString("base64url"), key), `byte ${i}`).toBe(false);
    }
  });
});

describe("a key that is not of the algorithm's kind", () => {
  const pairs = SIGNING_ALGORITHMS.flatMap((alg) =>
    SIGNING_ALGORITHMS.filter((other) => other !== alg).map((other) => [other, alg] as const),
  );

  it.each(pairs)("of %s verifies nothing as %s, whatever it signed (T3)", async (kind, alg) => {
    const signer = anAccessKey(kind, "key");
    const key = (await publishedSet(signer)).get("key");
    if (key === undefined) throw new Error("no key");
    for (const signedAs of [kind, alg]) {
      const token = signJws({ alg }, { sub: "x" }, signerFor(kind, getPrivateKey(signer)));
      expect(verifySignature(token, { ...key, alg }), signedAs).toBe(false);
    }
  });

  it.each<readonly [string, SigningAlgorithm, () => KeyPair]>([
    ["RSA of 1024 bits", "RS256", () => generateKeyPairSync("rsa", { modulusLength: 1024 })],
    ["RSA with exponent 3", "RS256", () => generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 })],
    ["P-384", "ES256", () => generateKeyPairSync("ec", { namedCurve: "P-384" })],
    ["P-521", "ES256", () => generateKeyPairSync("ec", { namedCurve: "P-521" })],
    ["secp256k1", "ES256", () => generateKeyPairSync("ec", { namedCurve: "secp256k1" })],
    ["Ed448", "EdDSA", () => generateKeyPairSync("ed448")],
  ])("as %s verifies nothing as %s, though it signed (T9)", (_, alg, makePair) => {
    const { privateKey, publicKey } = makePair();
    const token = signJws({ alg }, { sub: "x" }, signerFor(alg, privateKey));
    expect(verifySignature(token, { alg, key: getVerifier(publicKey) })).toBe(false);
  });

  it("as RSA with exponent 1 does not verify a signature that is the padded text itself (T9)", () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { n = "" } = publicKey.export({ format: "jwk" });
    const input = "eyJhbGciOiJSUzI1NiJ9.e30";
    const hash = createHash("sha256").update(input).digest("hex");
    // RFC 8017 9.2: the encoded message of PKCS #1 v1.5. Its first power is the message itself.
    const info = `3031300d060960864801650304020105000420${hash}`;
    const padded = `0001${"ff".repeat(256 - 3 - info.length / 2)}00${info}`;
    const token = `${input}.${Buffer.from(padded, "hex").toString("base64url")}`;
    const key = createPublicKey({ key: { kty: "RSA", n, e: "AQ" }, format: "jwk" });
    expect(verifySignature(token, { alg: "RS256", key: getVerifier(key) })).toBe(false);
  });
});

type KeyPair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject };

/** `KeyObject.from` returns the key that it is given. Web Crypto itself imports none of some of these keys. */
const getVerifier = (key: KeyObject): CryptoKey => {
  vi.spyOn(KeyObject, "from").mockReturnValueOnce(key);
  return {} as CryptoKey;
};
