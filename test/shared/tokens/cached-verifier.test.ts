import { beforeEach, describe, expect, it, vi } from "vitest";
import { cachedRead } from "../../../shared/keys/cached-read.ts";
import type { AccessKey } from "../../../shared/keys/key-ring.ts";
import { PUBLISHED_KEYS_AGE } from "../../../shared/keys/key-sources.ts";
import { type AccessTokenVerifier, cachedVerifier } from "../../../shared/tokens/cached-verifier.ts";
import { verifySignature } from "../../../shared/tokens/verify-signature.ts";
import { accessSigner, signJws } from "../../support/jws.ts";
import { anAccessKey, publishedSet } from "../../support/keys.ts";
import { aClock } from "../../support/time.ts";
import { anAccessToken, verifierSettings } from "../../support/tokens.ts";

/** The memory of the verifier saves the verification of signatures, so the tests count the verifications. */
vi.mock("../../../shared/tokens/verify-signature.ts", async (importOriginal) => {
  const original = await importOriginal<typeof import("../../../shared/tokens/verify-signature.ts")>();
  return { verifySignature: vi.fn(original.verifySignature) };
});

const signaturesVerified = () => vi.mocked(verifySignature).mock.calls.length;
beforeEach(() => {
  vi.mocked(verifySignature).mockClear();
});

const key = anAccessKey("ES256", "key");

/** An execution environment of the authorizer: its keys, its reads, and its clock. */
const createExecutionEnvironment = (...published: readonly AccessKey[]) => {
  const clock = aClock();
  const state = { published, reads: 0, fails: false };
  const read = async () => {
    state.reads++;
    if (state.fails) throw new Error("keys cannot be read");
    return publishedSet(...state.published);
  };
  const keys = cachedRead(read, { moment: clock.moment, ...PUBLISHED_KEYS_AGE });
  const verify: AccessTokenVerifier = cachedVerifier(keys, verifierSettings, clock.now);
  return { verify, state, clock };
};

const withKid = async (kid: string) => {
  const claims = Buffer.from((await anAccessToken(key)).split(".")[1] ?? "", "base64url");
  return signJws({ alg: key.alg, typ: "at+jwt", kid }, claims, accessSigner(key));
};

describe("a token that was valid before", () => {
  it("is not verified again, and returns the same claims", async () => {
    const { verify } = createExecutionEnvironment(key);
    const token = await anAccessToken(key);
    const first = await verify(token);
    expect(first).toMatchObject({ valid: true });
    expect(await verify(token)).toEqual(first);
    expect(signaturesVerified()).toBe(1);
  });

  it("expires after its lifetime and the clock tolerance, not a second later (A3)", async () => {
    const { verify, clock } = createExecutionEnvironment(key);
    const token = await anAccessToken(key);
    await verify(token);
    clock.advance(900 + verifierSettings.clockToleranceSeconds - 1);
    expect(await verify(token)).toMatchObject({ valid: true });
    clock.advance(1);
    expect(await verify(token)).toEqual({ valid: false, reason: "expired" });
    expect(await verify(token)).toEqual({ valid: false, reason: "expired" });
  });

  it("is rejected after its key is no longer published, and at every later use (K4)", async () => {
    const { verify, clock, state } = createExecutionEnvironment(key);
    const token = await anAccessToken(key);
    await verify(token);
    state.published = [anAccessKey("ES256", "another")];
    clock.advance(PUBLISHED_KEYS_AGE.refreshAfterSeconds);
    expect(await verify(token)).toEqual({ valid: false, reason: "unknown_key" });
    expect(await verify(token)).toEqual({ valid: false, reason: "unknown_key" });
  });

  it("does not make a token valid that differs in one character (T3)", async () => {
    const { verify } = createExecutionEnvironment(key);
    const token = await anAccessToken(key);
    await verify(token);
    const at = token.length - 10;
    const changed = `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
    expect(await verify(changed)).toEqual({ valid: false, reason: "bad_signature" });
  });

  it("is forgotten after 500 other tokens, so that memory is bounded", async () => {
    const { verify } = createExecutionEnvironment(key);
    const tokens = await Promise.all(Array.from({ length: 501 }, (_, i) => anAccessToken(key, { jti: `jti-${i}` })));
    const [first = "", second = ""] = tokens;
    for (const token of tokens) await verify(token);
    expect(signaturesVerified()).toBe(501);
    await verify(second);
    expect(signaturesVerified()).toBe(501);
    await verify(first);
    expect(signaturesVerified()).toBe(502);
  });
});

describe("a token that is not valid", () => {
  it("is not remembered: 1000 such tokens do not make the verifier forget a valid token", async () => {
    const { verify } = createExecutionEnvironment(key);
    const token = await anAccessToken(key);
    const [header = "", , signature = ""] = token.split(".");
    await verify(token);
    for (let i = 0; i < 1000; i++) {
      const [, claims = ""] = (await anAccessToken(key, { jti: `jti-${i}` })).split(".");
      expect(await verify(`${header}.${claims}.${signature}`)).toMatchObject({ valid: false });
    }
    const before = signaturesVerified();
    expect(await verify(token)).toMatchObject({ valid: true });
    expect(signaturesVerified()).toBe(before);
  });
});

describe("an unknown kid", () => {
  it("causes one reading of the keys in each cool-down, however many tokens name such a kid (K4)", async () => {
    const { verify, clock, state } = createExecutionEnvironment(key);
    await verify(await anAccessToken(key));
    clock.advance(PUBLISHED_KEYS_AGE.coolDownSeconds);
    for (let i = 0; i < 1000; i++) {
      expect(await verify(await withKid(`random-${i}`))).toEqual({ valid: false, reason: "unknown_key" });
    }
    expect(state.reads).toBe(2);
    clock.advance(PUBLISHED_KEYS_AGE.coolDownSeconds);
    await verify(await withKid("one-more"));
    expect(state.reads).toBe(3);
  });

  it("causes one reading if 200 tokens come at once to a new execution environment (K4)", async () => {
    const { verify, state } = createExecutionEnvironment(key);
    const tokens = await Promise.all(Array.from({ length: 200 }, (_, i) => withKid(`random-${i}`)));
    await Promise.all(tokens.map(verify));
    expect(state.reads).toBe(1);
  });

  it("is found if the key was published a moment ago (K2)", async () => {
    const { verify, clock, state } = createExecutionEnvironment(key);
    await verify(await anAccessToken(key));
    const newer = anAccessKey("ES256", "newer");
    state.published = [key, newer];
    clock.advance(PUBLISHED_KEYS_AGE.coolDownSeconds);
    expect(await verify(await anAccessToken(newer))).toMatchObject({ valid: true, kid: "newer" });
  });

  it("does not delay valid tokens, also if the reading fails (K4)", async () => {
    const { verify, state } = createExecutionEnvironment(key);
    const token = await anAccessToken(key);
    await verify(token);
    state.fails = true;
    await Promise.allSettled([verify(await withKid("random")), verify(await withKid("random-2"))]);
    expect(await verify(token)).toMatchObject({ valid: true });
  });
});

describe("if the keys cannot be read", () => {
  it("a new execution environment throws (A6)", async () => {
    const { verify, state } = createExecutionEnvironment(key);
    state.fails = true;
    await expect(verify(await anAccessToken(key))).rejects.toThrow("keys cannot be read");
  });

  it("an execution environment whose keys are too old throws, also for a remembered token (A6)", async () => {
    const { verify, clock, state } = createExecutionEnvironment(key);
    const token = await anAccessToken(key);
    await verify(token);
    state.fails = true;
    clock.advance(PUBLISHED_KEYS_AGE.failAfterSeconds - 1);
    expect(await verify(token)).toMatchObject({ valid: true });
    clock.advance(1);
    await expect(verify(token)).rejects.toThrow("keys cannot be read");
  });

  it("a token that is rejected without a key is still rejected (A6)", async () => {
    const { verify, state } = createExecutionEnvironment(key);
    state.fails = true;
    expect(await verify("not.a.token")).toEqual({ valid: false, reason: "malformed" });
    expect(state.reads).toBe(0);
  });
});
