import { describe, expect, it } from "vitest";
import type { KeyId } from "../../../shared/ids.ts";
import { keyStates } from "../../../shared/keys/key-states.ts";
import { publicSince } from "../../../shared/keys/public-keys.ts";
import type { KeyStores, RotationDependencies } from "../../../shared/keys/rotate-keys.ts";
import type { RotationRequest } from "../../../shared/keys/rotation.ts";
import { DAY, HOUR, keyScene, settings, toKids, unpublishedKids } from "./builders.ts";
import { randomOrder } from "./random-order.ts";

type Scene = ReturnType<typeof keyScene>;

const MAINTAIN: RotationRequest = { action: "maintain" };
const WITHDRAW_K1: RotationRequest = { action: "withdraw", kid: "k1" as KeyId };

/** Every kind of run that writes: the runs before, the request, and the key that must sign at the end. */
const RUNS: readonly {
  readonly name: string;
  readonly prepare: (scene: Scene) => Promise<void>;
  readonly request: RotationRequest;
  readonly changes?: Partial<RotationDependencies>;
  readonly signer: string | RegExp;
}[] = [
  { name: "the first run", prepare: async () => {}, request: MAINTAIN, signer: /^k\d+$/ },
  {
    name: "a rotation that is due",
    prepare: async (scene) => {
      await scene.run();
      scene.clock.advance(30 * DAY);
    },
    request: MAINTAIN,
    signer: "k2",
  },
  {
    name: "the end of a retired key",
    prepare: async (scene) => {
      await scene.run();
      scene.clock.advance(30 * DAY);
      await scene.run();
      scene.clock.advance(DAY);
    },
    request: MAINTAIN,
    signer: "k2",
  },
  {
    name: "a change of algorithm",
    prepare: async (scene) => {
      await scene.run();
      scene.clock.advance(DAY);
    },
    request: MAINTAIN,
    changes: { settings: settings({ algorithm: "EdDSA" }) },
    signer: "k1",
  },
  {
    name: "a withdrawal of the signer",
    prepare: async (scene) => {
      await scene.run();
      scene.clock.advance(DAY);
    },
    request: WITHDRAW_K1,
    signer: "k2",
  },
  {
    name: "a withdrawal of a retired key",
    prepare: async (scene) => {
      await scene.run();
      scene.clock.advance(30 * DAY);
      await scene.run();
      scene.clock.advance(60);
    },
    request: WITHDRAW_K1,
    signer: "k2",
  },
  {
    name: "a withdrawal of the signer without a next that fits",
    prepare: async (scene) => {
      await scene.run();
      scene.clock.advance(DAY);
    },
    request: WITHDRAW_K1,
    changes: { settings: settings({ algorithm: "EdDSA" }) },
    signer: /^k\d+$/,
  },
];

/**
 * Creates stores whose `step`th write kills the process before or after it took effect, or whose response is lost and replaced by
 * a rejection.
 */
const failing = (stores: KeyStores, step: number, how: "before" | "after" | "response lost") => {
  let writes = 0;
  const wrap = <Arguments extends readonly unknown[], Result>(
    write: (...given: Arguments) => Promise<Result>,
    rejected: Result,
  ): ((...given: Arguments) => Promise<Result>) => {
    return async (...given) => {
      const isTheOne = ++writes === step;
      if (isTheOne && how === "before") throw new Error("killed");
      const response = await write(...given);
      if (isTheOne && how === "after") throw new Error("killed");
      return isTheOne ? rejected : response;
    };
  };
  return {
    stores: {
      ...stores,
      replaceRing: wrap(stores.replaceRing, false),
      replacePublished: wrap(stores.replacePublished, undefined),
    },
    writes: () => writes,
  };
};

const expectUsable = ({ stores }: Scene): void => {
  const { ring, published } = stores.state();
  expect(unpublishedKids(ring, published)).toEqual([]);
};

describe.each(RUNS)("$name (K3)", ({ prepare, request, changes = {}, signer }) => {
  const cases = (["before", "after", "response lost"] as const).flatMap((how) =>
    [1, 2, 3].map((step) => ({ step, how })),
  );

  it.each(cases)(
    "killed at write $step ($how) and started again by the schedule ends as if it had not been",
    async ({ step, how }) => {
      const scene = keyScene();
      await prepare(scene);
      const broken = failing(scene.stores, step, how);
      await scene.run(request, { ...changes, stores: broken.stores }).catch(() => undefined);
      expectUsable(scene);
      const isWithdrawalUnrecorded = step === 1 && how === "before";
      await scene.run(isWithdrawalUnrecorded ? request : MAINTAIN, changes);
      expectUsable(scene);
      expect(toKids(scene.ring()).current).toMatch(signer);
      if (request.action === "withdraw") expect(publicSince(scene.published(), request.kid)).toBeUndefined();

      scene.clock.advance(HOUR);
      await scene.run(MAINTAIN, changes);
      const { current, next, previous } = toKids(scene.ring());
      expect(
        scene
          .published()
          ?.keys.map(({ jwk }) => jwk.kid)
          .sort(),
      ).toEqual([current, ...next, ...previous].sort());
    },
  );
});

it("the runs above make every kind of write", async () => {
  const counts = await Promise.all(
    RUNS.map(async ({ prepare, request, changes = {} }) => {
      const scene = keyScene();
      await prepare(scene);
      const counted = failing(scene.stores, 0, "before");
      await scene.run(request, { ...changes, stores: counted.stores });
      return counted.writes();
    }),
  );
  expect(counts).toEqual([2, 2, 2, 3, 3, 3, 3]);
});

describe("five runs at once, in 300 orders of their reads and writes (K3)", () => {
  const RACES: readonly (readonly [string, number, readonly RotationRequest[]])[] = [
    ["five times the schedule, when a rotation is due", 30, Array(5).fill(MAINTAIN)],
    ["five times an operator's rotate", 1, Array(5).fill({ action: "rotate" })],
    ["an operator's rotate among schedules", 1, [MAINTAIN, MAINTAIN, { action: "rotate" }, MAINTAIN, MAINTAIN]],
    ["a withdrawal among schedules, when a rotation is due", 30, [MAINTAIN, MAINTAIN, WITHDRAW_K1, MAINTAIN, MAINTAIN]],
    ["a withdrawal among schedules, when none is due", 1, [MAINTAIN, MAINTAIN, WITHDRAW_K1, MAINTAIN, MAINTAIN]],
    ["five times the same withdrawal", 1, Array(5).fill(WITHDRAW_K1)],
  ];
  const SEEDS = Array.from({ length: 300 }, (_, index) => index);

  it.each(RACES)("%s: there is one new signer, and it is public before it signs", async (_name, days, requests) => {
    for (const seed of SEEDS) {
      const scene = keyScene();
      await scene.run();
      scene.clock.advance(days * DAY);
      const signers = await race(scene, requests, seed);
      expect([...signers].filter((kid) => kid !== "k1")).toEqual(["k2"]);
      if (requests.includes(WITHDRAW_K1)) {
        expect(keyStates(scene.ring()).map(({ kid }) => kid)).not.toContain("k1");
        expect(publicSince(scene.published(), "k1")).toBeUndefined();
      }
    }
  });

  it("five first runs create one ring, and its keys are public from the beginning", async () => {
    for (const seed of SEEDS) expect((await race(keyScene(), Array(5).fill(MAINTAIN), seed)).size).toBe(1);
  });

  it("a ring that is read late has no effect: a withdrawn key stays withdrawn", async () => {
    for (const seed of SEEDS) {
      const scene = keyScene();
      await scene.run();
      scene.clock.advance(30 * DAY);
      const late = await scene.stores.readRing();
      await scene.run(WITHDRAW_K1);
      const { draw } = randomOrder(seed);
      let lateReads = 5;
      const readRing = async () => (lateReads-- > 0 && draw(2) === 0 ? late : scene.stores.readRing());
      await race(scene, Array(5).fill(MAINTAIN), seed, { ...scene.stores, readRing });
      expect(publicSince(scene.published(), "k1")).toBeUndefined();
      expect(toKids(scene.ring()).current).toBe("k2");
    }
  });

  /** Runs all requests at once. Returns every key that was `current` after a write. Fails if one of them was not public. */
  const race = async (
    scene: Scene,
    requests: readonly RotationRequest[],
    seed: number,
    stores: KeyStores = scene.stores,
  ): Promise<ReadonlySet<string>> => {
    const { inTurn, untilDone } = randomOrder(seed);
    const signers = new Set<string>();
    const look = <Result>(response: Result): Result => {
      const { ring, published } = scene.stores.state();
      expect(unpublishedKids(ring, published)).toEqual([]);
      if (ring.access !== undefined) signers.add(ring.access.current.kid);
      return response;
    };
    const turns: KeyStores = {
      readRing: inTurn(stores.readRing),
      readPublished: inTurn(stores.readPublished),
      replaceRing: inTurn((ring, versionId) => stores.replaceRing(ring, versionId).then(look)),
      replacePublished: inTurn((read, publication) => stores.replacePublished(read, publication).then(look)),
    };
    const runs = Promise.all(requests.map((request) => scene.run(request, { stores: turns })));
    await Promise.all([runs, untilDone()]);
    return signers;
  };
});
