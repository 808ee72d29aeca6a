import { describe, expect, it } from "vitest";
import type { KeyId } from "../../../shared/ids.ts";
import { keyStates } from "../../../shared/keys/key-states.ts";
import type { RotationRequest } from "../../../shared/keys/rotation.ts";
import { DAY, HOUR, keyScene, ROOT_SECRET, settings, toKids, unpublishedKids } from "./builders.ts";

/** Two hours of a verifier's cache, 15 minutes of the execution environment that serves the keys, one minute of a slow run. */
const LEAD = 2 * HOUR + 900 + 60;
/** A refresh key must be older than any ring that an execution environment may still use. */
const RING_LAG = 300 + 60;

const withdraw = (kid: string): RotationRequest => ({ action: "withdraw", kid: kid as KeyId });

describe("a fresh deployment", () => {
  it("gets a signer and a next key for both uses, publishes the access keys, and keeps the root secret", async () => {
    const { run, ring, published } = keyScene();
    await run();
    expect(toKids(ring())).toEqual({ current: "k1", next: ["k2"], previous: [] });
    expect(toKids(ring(), "refresh")).toEqual({ current: "k3", next: ["k4"], previous: [] });
    expect(ring().rootSecret).toBe(ROOT_SECRET);
    expect(published()?.keys.map(({ jwk }) => jwk.kid)).toEqual(["k1", "k2"]);
  });

  it("is rotated once: a second run writes nothing (K3)", async () => {
    const { run, stores } = keyScene();
    await run();
    const before = stores.state();
    await run();
    expect(stores.state()).toEqual(before);
  });
});

describe("the rotation period", () => {
  it("promotes next when it is one period old, makes another next key, and keeps the retired key", async () => {
    const { run, ring, clock } = keyScene();
    await run();
    clock.advance(30 * DAY - 1);
    await run();
    expect(toKids(ring()).current).toBe("k1");
    clock.advance(1);
    await run();
    expect(toKids(ring())).toEqual({ current: "k2", next: ["k5"], previous: ["k1"] });
    expect(toKids(ring(), "refresh")).toEqual({ current: "k4", next: ["k6"], previous: ["k3"] });
  });

  it.each([
    ["a month", 30 * DAY, HOUR * 12],
    ["an hour", HOUR, HOUR],
  ])(
    "of %s leaves no signer older than two periods and a lead: what the alarm KeyAge expects",
    async (_, period, step) => {
      const { run, ring, clock } = keyScene({ settings: settings({ rotationPeriodSeconds: period }) });
      let oldest = 0;
      for (let elapsed = 0; elapsed < 5 * period + DAY; elapsed += step) {
        await run();
        oldest = Math.max(oldest, clock.now() - ring().access.current.createdAt);
        clock.advance(step);
      }
      expect(oldest).toBeGreaterThan(1.9 * period);
      expect(oldest).toBeLessThan(2 * period + LEAD + step);
    },
  );

  it("promotes one key in each run, also after three periods without a run", async () => {
    const { run, ring, clock } = keyScene();
    await run();
    clock.advance(90 * DAY);
    await run();
    expect(toKids(ring()).current).toBe("k2");
    await run();
    expect(toKids(ring()).current).toBe("k2");
  });

  it("has enough next keys to rotate every hour although each key has to wait two hours (K2)", async () => {
    const { run, ring, clock } = keyScene({ settings: settings({ rotationPeriodSeconds: HOUR }) });
    const signers: string[] = [];
    for (let hour = 0; hour < 8; hour++) {
      await run();
      signers.push(toKids(ring()).current);
      clock.advance(HOUR);
    }
    expect(new Set(signers.slice(0, 3))).toEqual(new Set(["k1"]));
    expect(new Set(signers.slice(2)).size).toBe(6);
    expect(toKids(ring()).next).toHaveLength(3);
  });
});

describe("a key signs only after every verifier can know it (K2)", () => {
  it.each([
    ["one second too early", LEAD - 1, "k1"],
    ["after the lead", LEAD, "k2"],
  ])("an operator's rotate %s", async (_case, age, signer) => {
    const { run, ring, clock } = keyScene();
    await run();
    clock.advance(age);
    await run({ action: "rotate" });
    expect(toKids(ring()).current).toBe(signer);
  });

  it.each([
    ["one second too early", RING_LAG - 1, "k3"],
    ["after every cached ring is gone", RING_LAG, "k4"],
  ])("an operator's rotate of refresh keys %s", async (_case, age, signer) => {
    const { run, ring, clock } = keyScene();
    await run();
    clock.advance(age);
    await run({ action: "rotate" });
    expect(toKids(ring(), "refresh").current).toBe(signer);
  });

  it("counts from the publication, not from the ring: a next key that was unpublished waits again", async () => {
    const { run, ring, clock, stores, published } = keyScene();
    await run();
    clock.advance(40 * DAY);
    const keys = published()?.keys.filter(({ jwk }) => jwk.kid !== "k2") ?? [];
    await stores.replacePublished(published(), { keys, withdrawn: [] });
    await run();
    expect(toKids(ring()).current).toBe("k1");
    expect(unpublishedKids(ring(), published())).toEqual([]);
    clock.advance(LEAD);
    await run();
    expect(toKids(ring()).current).toBe("k2");
  });

  it("a second rotate right after the first waits for the new next key", async () => {
    const { run, ring, clock } = keyScene();
    await run();
    clock.advance(LEAD);
    await run({ action: "rotate" });
    await run({ action: "rotate" });
    expect(toKids(ring())).toEqual({ current: "k2", next: ["k5"], previous: ["k1"] });
  });
});

describe("a retired key is kept past its last token (K2)", () => {
  const retire = async (changes = {}) => {
    const scene = keyScene({ settings: settings({ rotationPeriodSeconds: 300 * DAY, ...changes }) });
    await scene.run();
    scene.clock.advance(LEAD);
    await scene.run({ action: "rotate" });
    return scene;
  };

  it.each([
    ["access", {}, RING_LAG + 900 + 5],
    ["access", { accessTokenSeconds: 60, clockToleranceSeconds: 0 }, RING_LAG + 60],
    ["refresh", {}, RING_LAG + 7 * DAY + 5],
    ["refresh", { refreshTokenSeconds: 60 * DAY }, RING_LAG + 30 * DAY + 5],
  ] as const)("%s with %j", async (use, changes, keep) => {
    const { run, ring, clock } = await retire(changes);
    const retired = toKids(ring(), use).previous;
    expect(retired).toHaveLength(1);
    clock.advance(keep - 1);
    await run();
    expect(toKids(ring(), use).previous).toEqual(retired);
    clock.advance(1);
    await run();
    expect(toKids(ring(), use).previous).toEqual([]);
  });

  it("is afterwards neither in the ring nor published", async () => {
    const { run, published, clock } = await retire();
    clock.advance(DAY);
    await run();
    expect(published()?.keys.map(({ jwk }) => jwk.kid)).toEqual(["k2", "k5"]);
  });
});

describe("a change of algorithm", () => {
  it("is a rotation: the new key is published, and signs when it is known, without waiting for the period", async () => {
    const { run, ring, clock, published } = keyScene();
    await run();
    const es256 = { settings: settings({ algorithm: "ES256" }) };
    clock.advance(5 * DAY);
    await run({ action: "maintain" }, es256);
    expect(toKids(ring())).toEqual({ current: "k1", next: ["k5"], previous: [] });
    expect(ring().access.current.alg).toBe("RS256");
    expect(ring().access.next[0]?.alg).toBe("ES256");
    clock.advance(LEAD - 1);
    await run({ action: "maintain" }, es256);
    expect(toKids(ring()).current).toBe("k1");
    clock.advance(1);
    await run({ action: "maintain" }, es256);
    expect(toKids(ring())).toMatchObject({ current: "k5", previous: ["k1"] });
    expect(published()?.keys.map(({ jwk }) => jwk.kid)).toContain("k1");
  });

  it("does not change the refresh keys", async () => {
    const { run, ring, clock } = keyScene();
    await run();
    const before = ring().refresh;
    clock.advance(DAY);
    await run({ action: "maintain" }, { settings: settings({ algorithm: "EdDSA" }) });
    expect(ring().refresh).toEqual(before);
  });

  it("that is reversed before the new key signs keeps the signer", async () => {
    const { run, ring, clock } = keyScene();
    await run();
    await run({ action: "maintain" }, { settings: settings({ algorithm: "EdDSA" }) });
    clock.advance(HOUR);
    await run();
    expect(toKids(ring()).current).toBe("k1");
    expect(ring().access.next.map(({ alg }) => alg)).toEqual(["RS256"]);
  });
});

describe("withdrawal (K4)", () => {
  it("of current makes next the signer at once and removes the withdrawn key everywhere", async () => {
    const { run, ring, published } = keyScene();
    await run();
    await run(withdraw("k1"));
    expect(toKids(ring())).toEqual({ current: "k2", next: ["k5"], previous: [] });
    expect(published()?.keys.map(({ jwk }) => jwk.kid)).toEqual(["k2", "k5"]);
  });

  it("of next makes another next key", async () => {
    const { run, ring, published } = keyScene();
    await run();
    await run(withdraw("k2"));
    expect(toKids(ring())).toEqual({ current: "k1", next: ["k5"], previous: [] });
    expect(published()?.keys.map(({ jwk }) => jwk.kid)).toEqual(["k1", "k5"]);
  });

  it("of a retired key makes its last tokens invalid", async () => {
    const { run, ring, clock } = keyScene();
    await run();
    clock.advance(LEAD);
    await run({ action: "rotate" });
    await run(withdraw("k1"));
    expect(toKids(ring())).toEqual({ current: "k2", next: ["k5"], previous: [] });
  });

  it("of the refresh key that signs makes its next the signer", async () => {
    const { run, ring } = keyScene();
    await run();
    await run(withdraw("k3"));
    expect(toKids(ring(), "refresh")).toEqual({ current: "k4", next: ["k5"], previous: [] });
    expect(toKids(ring()).current).toBe("k1");
  });

  it("of every key in the ring, next first, removes all of them", async () => {
    const { run, ring, published } = keyScene();
    await run();
    for (const kid of ["k2", "k1", "k4", "k3"]) await run(withdraw(kid));
    expect(keyStates(ring()).map(({ kid }) => kid)).toEqual(["k5", "k6", "k7", "k8"]);
    expect(unpublishedKids(ring(), published())).toEqual([]);
  });

  it("of current without a next key of the algorithm signs with a new key that is published first", async () => {
    const { run, ring, published } = keyScene();
    await run();
    await run(withdraw("k1"), { settings: settings({ algorithm: "ES256" }) });
    expect(ring().access.current.alg).toBe("ES256");
    expect(unpublishedKids(ring(), published())).toEqual([]);
  });

  it("of an unknown key changes nothing and returns undefined", async () => {
    const { run, stores } = keyScene();
    await run();
    const before = stores.state();
    expect(await run(withdraw("k9"))).toBeUndefined();
    expect(stores.state()).toEqual(before);
  });
});
