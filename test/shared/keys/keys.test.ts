import { decodeProtectedHeader, exportJWK, type JWK, jwtVerify, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { randomIds } from "../../../shared/ids.ts";
import { keyGenerator } from "../../../shared/keys/generate-keys.ts";
import { findKey, findRefreshKey, parseKeyRing, SIGNING_ALGORITHMS } from "../../../shared/keys/key-ring.ts";
import { toPublicJwk } from "../../../shared/keys/public-keys.ts";
import { signingKey } from "../../../shared/keys/signing-key.ts";
import { verificationKeys } from "../../../shared/keys/verification-keys.ts";
import { aKeyRing } from "../../support/keys.ts";
import { NOW } from "../../support/time.ts";
import { keyScene } from "./builders.ts";

const generate = keyGenerator(randomIds);

describe.each(SIGNING_ALGORITHMS)("a key for %s", (alg) => {
  const key = generate.accessKey(alg, NOW);

  it("is published by its public members alone, with kid, use and alg (K1)", () => {
    const members = { RS256: ["n", "e"], ES256: ["crv", "x", "y"], EdDSA: ["crv", "x"] }[alg];
    expect(Object.keys(toPublicJwk(key)).sort()).toEqual(["alg", "kid", "kty", "use", ...members].sort());
    expect(toPublicJwk(key)).toMatchObject({ kid: key.kid, use: "sig", alg });
  });

  it("has a name of its own and is long enough (K1)", () => {
    expect(generate.accessKey(alg, NOW).kid).not.toBe(key.kid);
    const { n = "", x = "" }: JWK = toPublicJwk(key);
    expect(Buffer.from(n || x, "base64url")).toHaveLength(alg === "RS256" ? 256 : 32);
  });

  it("signs what its public half verifies", async () => {
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

  it("cannot be taken out of the signer again", async () => {
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
  it("comes back from its text as it went in", async () => {
    const { run, ring } = keyScene();
    await run();
    expect(parseKeyRing(JSON.stringify(ring()))).toEqual(ring());
  });

  it("finds a key by its id whatever its use, and refresh keys alone where asked", async () => {
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
