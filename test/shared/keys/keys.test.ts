import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { decodeProtectedHeader, exportJWK, type JWK, jwtVerify, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { randomIds } from "../../../shared/ids.ts";
import { keyGenerator } from "../../../shared/keys/generate-keys.ts";
import {
  type AccessKey,
  findKey,
  findRefreshKey,
  parseKeyRing,
  SIGNING_ALGORITHMS,
} from "../../../shared/keys/key-ring.ts";
import { type PublicJwk, parsePublishedKeys, toPublicJwk } from "../../../shared/keys/public-keys.ts";
import { signingKey } from "../../../shared/keys/signing-key.ts";
import { verificationKeys } from "../../../shared/keys/verification-keys.ts";
import { aKeyRing } from "../../support/keys.ts";
import { NOW } from "../../support/time.ts";
import { keyScene } from "./builders.ts";

const generate = keyGenerator(randomIds);

describe.each(SIGNING_ALGORITHMS)("a key for %s", (alg) => {
  const key = generate.accessKey(alg, NOW);

  it("is published with its public members only, and with kid, use and alg (K1)", () => {
    const members = { RS256: ["n", "e"], ES256: ["crv", "x", "y"], EdDSA: ["crv", "x"] }[alg];
    expect(Object.keys(toPublicJwk(key)).sort()).toEqual(["alg", "kid", "kty", "use", ...members].sort());
    expect(toPublicJwk(key)).toMatchObject({ kid: key.kid, use: "sig", alg });
  });

  it("has an id of its own and is long enough (K1)", () => {
    expect(generate.accessKey(alg, NOW).kid).not.toBe(key.kid);
    const { n = "", x = "" }: JWK = toPublicJwk(key);
    expect(Buffer.from(n || x, "base64url")).toHaveLength(alg === "RS256" ? 256 : 32);
  });

  it("signs tokens that its public half verifies", async () => {
    const signer = await signingKey(aKeyRing({ access: key }));
    const token = await new SignJWT({}).setProtectedHeader({ alg: signer.alg, kid: signer.kid }).sign(signer.key);
    expect(decodeProtectedHeader(token)).toEqual({ alg, kid: key.kid });
    const verifier = (await verificationKeys([toPublicJwk(key)])).get(signer.kid);
    if (verifier === undefined) throw new Error("The signer is not among the verification keys");
    await expect(jwtVerify(token, verifier.key, { algorithms: [verifier.alg] })).resolves.toBeDefined();
  });
});

describe("imported keys", () => {
  const ring = aKeyRing();

  it("cannot be exported again", async () => {
    await expect(exportJWK((await signingKey(ring)).key)).rejects.toThrow();
  });

  it("are imported once for a ring and once for a published set", async () => {
    expect((await signingKey(ring)).key).toBe((await signingKey(ring)).key);
    const set = [toPublicJwk(ring.access.current)];
    const { kid } = ring.access.current;
    expect((await verificationKeys(set)).get(kid)).toBe((await verificationKeys([...set])).get(kid));
  });
});

describe("the ring", () => {
  it("is the same after it was written as text and parsed", async () => {
    const { run, ring } = keyScene();
    await run();
    expect(parseKeyRing(JSON.stringify(ring()))).toEqual(ring());
  });

  it("finds a key of any use by its id, and only refresh keys with `findRefreshKey`", async () => {
    const { run, ring } = keyScene();
    await run();
    expect(["k1", "k2", "k3", "k4", "k5"].map((kid) => findKey(ring(), kid)?.kid)).toEqual([
      "k1",
      "k2",
      "k3",
      "k4",
      undefined,
    ]);
    expect(["k1", "k3", "k4"].map((kid) => findRefreshKey(ring(), kid)?.kid)).toEqual([undefined, "k3", "k4"]);
  });
});

describe("a key of another kind than its algorithm's", () => {
  const rsa = generate.accessKey("RS256", NOW);
  const ec = generate.accessKey("ES256", NOW);
  const okp = generate.accessKey("EdDSA", NOW);
  const toJwk = (pair: { readonly privateKey: KeyObject }) => pair.privateKey.export({ format: "jwk" });

  const wrong: readonly (readonly [string, unknown])[] = [
    ["RSA of 1024 bits", { ...rsa, privateJwk: toJwk(generateKeyPairSync("rsa", { modulusLength: 1024 })) }],
    ["RSA of 2047 bits", { ...rsa, privateJwk: toJwk(generateKeyPairSync("rsa", { modulusLength: 2047 })) }],
    ["RSA with exponent 1", { ...rsa, privateJwk: { ...rsa.privateJwk, e: "AQ" } }],
    ["RSA with exponent 3", { ...rsa, privateJwk: { ...rsa.privateJwk, e: "Aw" } }],
    ["RSA with a leading zero in the exponent", { ...rsa, privateJwk: { ...rsa.privateJwk, e: "AAEAAQ" } }],
    ["P-384", { ...ec, privateJwk: toJwk(generateKeyPairSync("ec", { namedCurve: "P-384" })) }],
    ["secp256k1", { ...ec, privateJwk: toJwk(generateKeyPairSync("ec", { namedCurve: "secp256k1" })) }],
    ["P-256 with a short coordinate", { ...ec, privateJwk: { ...ec.privateJwk, x: "AAAA" } }],
    ["Ed448", { ...okp, privateJwk: toJwk(generateKeyPairSync("ed448")) }],
    ...[
      `00${"00".repeat(31)}`,
      `00${"00".repeat(30)}80`,
      `01${"00".repeat(31)}`,
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
      `ec${"ff".repeat(30)}7f`,
      `ed${"ff".repeat(31)}`,
      `ee${"ff".repeat(30)}7f`,
    ].map((point) => {
      const x = Buffer.from(point, "hex").toString("base64url");
      return [`an Ed25519 point of small order (${point})`, { ...okp, privateJwk: { ...okp.privateJwk, x } }] as const;
    }),
    ["P-256 for RS256", { ...ec, alg: "RS256" }],
    ["RSA for ES256", { ...rsa, alg: "ES256" }],
    ["P-256 for EdDSA", { ...ec, alg: "EdDSA" }],
  ];

  it.each(wrong)("makes the ring malformed: %s (T9)", (_, access) => {
    const ring = aKeyRing();
    const secret = JSON.stringify({ ...ring, access: { ...ring.access, current: access } });
    expect(() => parseKeyRing(secret)).toThrow("The key ring is malformed at: access.current");
  });

  it.each(wrong)("makes the published keys malformed: %s (T9)", (_, access) => {
    const { kid, alg, privateJwk } = access as AccessKey;
    const jwk = { ...privateJwk, kid, alg, use: "sig" };
    const publish = (key: object) =>
      parsePublishedKeys({ revision: 1, keys: [{ publishedAt: NOW, jwk: key }], withdrawn: [] });
    expect(() => publish(toPublicJwk(rsa))).not.toThrow();
    expect(() => publish(jwk)).toThrow();
    expect(() => toPublicJwk(access as AccessKey)).toThrow();
  });

  it.each([
    ["RSA with exponent 3", "RS256", generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 })],
    ["P-384", "ES256", generateKeyPairSync("ec", { namedCurve: "P-384" })],
  ] as const)("is imported neither to verify nor to sign: %s (T9)", async (_, alg, pair) => {
    const jwk = { ...pair.publicKey.export({ format: "jwk" }), kid: "k1", alg, use: "sig" };
    await expect(verificationKeys([jwk as PublicJwk])).rejects.toThrow();
    const access = { ...rsa, alg, privateJwk: toJwk(pair) } as AccessKey;
    await expect(signingKey(aKeyRing({ access }))).rejects.toThrow();
  });

  it("makes the ring malformed: a refresh key of fewer than 256 bits (RFC 7518 3.2)", () => {
    const ring = aKeyRing();
    const current = { ...ring.refresh.current, secret: randomBytes(31).toString("base64url") };
    const secret = JSON.stringify({ ...ring, refresh: { ...ring.refresh, current } });
    expect(() => parseKeyRing(secret)).toThrow("The key ring is malformed at: refresh.current.secret");
  });
});
