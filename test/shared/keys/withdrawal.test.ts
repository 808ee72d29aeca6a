import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { randomIds } from "../../../shared/ids.ts";
import { keyGenerator } from "../../../shared/keys/generate-keys.ts";
import type { AccessKey } from "../../../shared/keys/key-ring.ts";
import { keyRingReader, publicJwkSource, verificationKeySource } from "../../../shared/keys/key-sources.ts";
import { rotateKeys } from "../../../shared/keys/rotate-keys.ts";
import type { RotationRequest } from "../../../shared/keys/rotation.ts";
import { cachedVerifier } from "../../../shared/tokens/cached-verifier.ts";
import { anAccessKey } from "../../support/keys.ts";
import { aClock } from "../../support/time.ts";
import { anAccessToken, verifierSettings } from "../../support/tokens.ts";
import { HOUR, settings } from "./builders.ts";
import { startKeyStores } from "./key-stores-on-the-wire.ts";

type Wire = Awaited<ReturnType<typeof startKeyStores>>;

/** The ages in docs/keys.md at which an execution environment reads again, and at which it fails. */
const WITHDRAWN_WITHIN_SECONDS = 60;
const WITHDRAWN_AT_THE_LATEST_SECONDS = 900;

describe("the keys of an execution environment", () => {
  let wire: Wire;
  beforeEach(async () => {
    wire = await startKeyStores();
  });
  afterEach(() => wire.stop());

  const setUp = async () => {
    const clock = aClock();
    const rotate = (request: RotationRequest) =>
      rotateKeys(
        {
          stores: wire.stores,
          settings: settings({ algorithm: "ES256" }),
          generate: keyGenerator(randomIds),
          clock: clock.now,
          onChange: () => {},
        },
        request,
      );
    await rotate({ action: "maintain" });
    const dynamodb = wire.newDocumentClient();
    let reads = 0;
    let failing = false;
    dynamodb.middlewareStack.add(
      (next) => (args) => {
        reads++;
        if (failing) throw new Error("unreachable");
        return next(args);
      },
      { step: "initialize" },
    );
    const { keysTable, secrets, secretId } = wire.aws;
    const verify = cachedVerifier(
      verificationKeySource(dynamodb, keysTable, clock.moment),
      verifierSettings,
      clock.now,
    );
    return {
      clock,
      rotate,
      verify,
      keyRing: keyRingReader(secrets, secretId, clock.moment),
      served: publicJwkSource(dynamodb, keysTable, clock.moment),
      reads: () => reads,
      failReads: () => {
        failing = true;
      },
    };
  };

  const signToken = (key: AccessKey, issuedAt: ReturnType<typeof aClock>) =>
    anAccessToken(key, { issuedAt: issuedAt.now() });

  it("are read once in the cool-down time for 1000 tokens with random kids (K4)", async () => {
    const { clock, verify, reads } = await setUp();
    const unknown = Array.from({ length: 1000 }, () => anAccessKey("ES256", randomIds.keyId()));
    const tokens = await Promise.all(unknown.map((key) => signToken(key, clock)));
    const rejectAll = async () => {
      for (const verdict of await Promise.all(tokens.map(verify))) {
        expect(verdict).toEqual({ valid: false, reason: "unknown_key" });
      }
      for (const token of tokens) expect((await verify(token)).valid).toBe(false);
    };
    await rejectAll();
    expect(reads()).toBe(1);
    clock.advance(9);
    await rejectAll();
    expect(reads()).toBe(1);
    clock.advance(1);
    await rejectAll();
    expect(reads()).toBe(2);
  });

  it("reject the tokens of a withdrawn key within 60 s, also a token that was just verified (K4)", async () => {
    const { clock, verify, rotate, keyRing, served } = await setUp();
    const { current } = (await keyRing()).access;
    const token = await signToken(current, clock);
    await served.get();
    clock.advance(40);
    expect((await verify(token)).valid).toBe(true);

    await rotate({ action: "withdraw", kid: current.kid });
    let seconds = 0;
    while ((await verify(token)).valid) {
      clock.advance(1);
      seconds++;
    }
    expect(seconds).toBe(WITHDRAWN_WITHIN_SECONDS);
    expect((await served.get()).map(({ kid }) => kid)).not.toContain(current.kid);
  });

  it("sign with the successor within 60 s, and its tokens are accepted (K4)", async () => {
    const { clock, verify, rotate, keyRing } = await setUp();
    const { current, next } = (await keyRing()).access;
    await rotate({ action: "withdraw", kid: current.kid });
    clock.advance(WITHDRAWN_WITHIN_SECONDS);
    const successor = (await keyRing()).access.current;
    expect(successor.kid).toBe(next[0]?.kid);
    expect((await verify(await signToken(successor, clock))).valid).toBe(true);
  });

  it("accept a signer that was made in an emergency after the cool-down time (K4)", async () => {
    const { clock, verify, rotate, keyRing } = await setUp();
    const { current, next } = (await keyRing()).access;
    await verify(await signToken(current, clock));
    clock.advance(10);
    for (const key of [...next, current]) await rotate({ action: "withdraw", kid: key.kid });
    const ring = await wire.stores.readRing();
    const fresh = ring.ring.access?.current;
    if (fresh === undefined) throw new Error("The ring is empty");
    expect([current.kid, ...next.map(({ kid }) => kid)]).not.toContain(fresh.kid);
    expect((await verify(await signToken(fresh, clock))).valid).toBe(true);
  });

  it("fail after 900 s without a read, and do not trust a key for ever (A6, K4)", async () => {
    const { clock, verify, rotate, keyRing, failReads } = await setUp();
    const { current } = (await keyRing()).access;
    await verify(await signToken(current, clock));
    failReads();
    await rotate({ action: "withdraw", kid: current.kid });
    clock.advance(WITHDRAWN_AT_THE_LATEST_SECONDS - 1);
    const late = await signToken(current, clock);
    expect((await verify(late)).valid).toBe(true);
    clock.advance(1);
    await expect(verify(late)).rejects.toThrow("unreachable");
  });

  it("are read again for a token of a key that was published after the last read", async () => {
    const { clock, verify, rotate, keyRing } = await setUp();
    await verify(await signToken((await keyRing()).access.current, clock));
    clock.advance(3 * HOUR);
    await rotate({ action: "rotate" });
    const ring = (await keyRing()).access;
    expect((await verify(await signToken(ring.current, clock))).valid).toBe(true);
  });
});
