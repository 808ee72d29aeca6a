import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { IdSource } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import { type AccessKey, type PrivateJwk, privateJwk, type RefreshKey, type SigningAlgorithm } from "./key-ring.ts";

/** The source of new keys. A test may pass its own. */
export type KeyGenerator = {
  readonly accessKey: (alg: SigningAlgorithm, now: EpochSeconds) => AccessKey;
  readonly refreshKey: (now: EpochSeconds) => RefreshKey;
};

/** Generates keys with node:crypto: RSA with 2 048 bits (K1), P-256, Ed25519, and 256 random bits for HS256 (RFC 7518 3.2). */
export const keyGenerator = (ids: Pick<IdSource, "keyId">): KeyGenerator => ({
  accessKey: (alg, now) => ({ kid: ids.keyId(), createdAt: now, alg, privateJwk: generatePrivateJwk(alg) }),
  refreshKey: (now) => ({
    kid: ids.keyId(),
    createdAt: now,
    alg: "HS256",
    secret: randomBytes(32).toString("base64url"),
  }),
});

const generatePrivateJwk = (alg: SigningAlgorithm): PrivateJwk =>
  privateJwk.parse(generatePair(alg).privateKey.export({ format: "jwk" }));

const generatePair = (alg: SigningAlgorithm) => {
  switch (alg) {
    case "RS256":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
    case "ES256":
      return generateKeyPairSync("ec", { namedCurve: "P-256" });
    case "EdDSA":
      return generateKeyPairSync("ed25519");
  }
};
