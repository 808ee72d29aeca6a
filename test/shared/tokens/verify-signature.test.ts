import { createHash, createPublicKey, generateKeyPairSync, KeyObject } from "node:crypto";
import { type CryptoKey, importJWK } from "jose";
import { describe, expect, it, vi } from "vitest";
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from "../../../shared/contract/signing-algorithms.ts";
import type { VerificationKey } from "../../../shared/keys/verification-keys.ts";
import { verifySignature } from "../../../shared/tokens/verify-signature.ts";
import { getPrivateKey, signerFor, signJws } from "../../support/jws.ts";
import { anAccessKey, publishedSet } from "../../support/keys.ts";
import { VECTORS } from "./rfc-vectors.ts";

const importKey = async ({ jwk }: (typeof VECTORS)[number]): Promise<VerificationKey> => {
  const key = await importJWK({ ...jwk }, jwk.alg);
  if (key instanceof Uint8Array) throw new Error("not a public key");
  return { alg: jwk.alg, key };
};

describe.each(VECTORS)("the example of $origin", (vector) => {
  it("verifies (T3)", async () => {
    expect(verifySignature(vector.token, await importKey(vector))).toBe(true);
  });

  it("does not verify if one character of header or payload is changed (T3)", async () => {
    const key = await importKey(vector);
    const end = vector.token.lastIndexOf(".");
    for (let i = 0; i < end; i++) {
      const changed = `${vector.token.slice(0, i)}${vector.token[i] === "A" ? "B" : "A"}${vector.token.slice(i + 1)}`;
      expect(verifySignature(changed, key), `character ${i}`).toBe(false);
    }
  });

  it("does not verify if one bit of the signature is changed (T3)", async () => {
    const key = await importKey(vector);
    const end = vector.token.lastIndexOf(".") + 1;
    const signature = Buffer.from(vector.token.slice(end), "base64url");
    for (let i = 0; i < signature.length; i++) {
      const flipped = Buffer.from(signature);
      flipped[i] = (flipped[i] ?? 0) ^ (1 << (i % 8));
      expect(verifySignature(vector.token.slice(0, end) + flipped.toString("base64url"), key), `byte ${i}`).toBe(false);
    }
  });
});

describe("a key that does not fit the algorithm", () => {
  const pairs = SIGNING_ALGORITHMS.flatMap((alg) =>
    SIGNING_ALGORITHMS.filter((other) => other !== alg).map((other) => [other, alg] as const),
  );

  it.each(pairs)("for %s verifies nothing as a key for %s, whatever it signed (T3)", async (kind, alg) => {
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
  ])("that is %s verifies nothing as a key for %s, although it signed (T9)", (_, alg, makePair) => {
    const { privateKey, publicKey } = makePair();
    const token = signJws({ alg }, { sub: "x" }, signerFor(alg, privateKey));
    expect(verifySignature(token, { alg, key: toCryptoKey(publicKey) })).toBe(false);
  });

  it("that is RSA with exponent 1 does not verify a signature that is the padded text itself (T9)", () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { n = "" } = publicKey.export({ format: "jwk" });
    const input = "eyJhbGciOiJSUzI1NiJ9.e30";
    const hash = createHash("sha256").update(input).digest("hex");
    // RFC 8017 9.2: the encoded message of PKCS #1 v1.5. Its first power is the message itself.
    const info = `3031300d060960864801650304020105000420${hash}`;
    const padded = `0001${"ff".repeat(256 - 3 - info.length / 2)}00${info}`;
    const token = `${input}.${Buffer.from(padded, "hex").toString("base64url")}`;
    const key = createPublicKey({ key: { kty: "RSA", n, e: "AQ" }, format: "jwk" });
    expect(verifySignature(token, { alg: "RS256", key: toCryptoKey(key) })).toBe(false);
  });

  it("as an Ed25519 point of small order verifies no signature that was made without a private key (T9)", () => {
    const identity = Buffer.from(`01${"00".repeat(31)}`, "hex");
    const point = createPublicKey({
      key: { kty: "OKP", crv: "Ed25519", x: identity.toString("base64url") },
      format: "jwk",
    });
    const input = "eyJhbGciOiJFZERTQSJ9.e30";
    // RFC 8032 5.1.7: with A and R the neutral point and S = 0, the equation [S]B = R + [k]A holds for every text.
    const forged = Buffer.concat([identity, Buffer.alloc(32)]);
    // OpenSSL accepts this signature on Node.js 20 and rejects it on Node.js 24. The service must not depend on that.
    const token = `${input}.${forged.toString("base64url")}`;
    expect(verifySignature(token, { alg: "EdDSA", key: toCryptoKey(point) })).toBe(false);
  });
});

type KeyPair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject };

/** Makes `KeyObject.from` return this key. Web Crypto itself cannot import some of these keys. */
const toCryptoKey = (key: KeyObject): CryptoKey => {
  vi.spyOn(KeyObject, "from").mockReturnValueOnce(key);
  return {} as CryptoKey;
};
