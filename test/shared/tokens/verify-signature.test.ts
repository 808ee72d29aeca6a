import { generateKeyPairSync, webcrypto } from "node:crypto";
import { importJWK } from "jose";
import { describe, expect, it } from "vitest";
import { SIGNING_ALGORITHMS } from "../../../shared/keys/key-ring.ts";
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

  it("of 1024 bits verifies nothing, though it signed (K1)", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    const key = await webcrypto.subtle.importKey("jwk", publicKey.export({ format: "jwk" }), algorithm, true, [
      "verify",
    ]);
    const token = signJws({ alg: "RS256" }, { sub: "x" }, signerFor("RS256", privateKey));
    expect(verifySignature(token, { alg: "RS256", key })).toBe(false);
  });
});
