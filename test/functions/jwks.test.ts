import { describe, expect, it } from "vitest";
import { createJwks } from "../../functions/jwks/handler.ts";
import { SIGNING_ALGORITHMS } from "../../shared/contract/signing-algorithms.ts";
import { LatchkeyError } from "../../shared/errors.ts";
import { httpOptions } from "../support/http-options.ts";
import { anAccessKey, publicJwks } from "../support/keys.ts";
import { call } from "./call.ts";

const ISSUER = "https://auth.example.com/prod";
const keys = SIGNING_ALGORITHMS.map((alg) => anAccessKey(alg));

const get = (path: string, toPublicJwks = async () => publicJwks(...keys)) =>
  call(createJwks({ publicJwks: toPublicJwks, issuer: ISSUER, scopes: ["account"] }, httpOptions), {
    method: "GET",
    path,
  });

/** RFC 7518 6.2.2, 6.3.2, 6.4.1 and RFC 8037 2. */
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

describe("the JWKS", () => {
  it("shows every key with kid, use and alg, and no private member of any (K1)", async () => {
    const { status, body } = await get("/.well-known/jwks.json");
    expect(status).toBe(200);
    const shown: Record<string, unknown>[] = JSON.parse(JSON.stringify(body?.["keys"]));
    expect(shown.map(({ kid, use, alg }) => ({ kid, use, alg }))).toEqual(
      keys.map(({ kid, alg }) => ({ kid, use: "sig", alg })),
    );
    expect(shown.flatMap((key) => Object.keys(key)).filter((name) => PRIVATE_MEMBERS.includes(name))).toEqual([]);
  });

  it("shows an RSA key of 2048 bits at the least (K1)", async () => {
    const [rsa] = publicJwks(...keys).filter(({ kty }) => kty === "RSA");
    if (rsa?.kty !== "RSA") throw new Error("no RSA key");
    expect(Buffer.from(rsa.n, "base64url").length * 8).toBeGreaterThanOrEqual(2048);
  });

  it("may be cached, but not for as long as a key is published before it signs (K2)", async () => {
    const { headers } = await get("/.well-known/jwks.json");
    const maxAge = Number(/^public, max-age=(\d+)$/.exec(String(headers["Cache-Control"]))?.[1]);
    expect(maxAge).toBeGreaterThan(0);
    expect(maxAge).toBeLessThan(7200);
  });
});

describe("the metadata", () => {
  it("names the issuer exactly, where the keys are, and what they sign with (K5)", async () => {
    const { status, body } = await get("/.well-known/openid-configuration");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      issuer: ISSUER,
      jwks_uri: `${ISSUER}/.well-known/jwks.json`,
      id_token_signing_alg_values_supported: [...SIGNING_ALGORITHMS],
      scopes_supported: ["account"],
    });
  });
});

describe("keys that cannot be read", () => {
  it("are a 503 that no cache stores (H1, S3)", async () => {
    const response = await get("/.well-known/jwks.json", async () => {
      throw new LatchkeyError("temporarily_unavailable", { retryAfterSeconds: 5 });
    });
    expect(response).toMatchObject({ status: 503, headers: { "Cache-Control": "no-store", "Retry-After": "5" } });
  });
});
