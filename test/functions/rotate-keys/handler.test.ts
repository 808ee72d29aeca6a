import { describe, expect, it } from "vitest";
import { createRotateKeys } from "../../../functions/rotate-keys/handler.ts";
import { accessKeys } from "../../../shared/keys/key-ring.ts";
import { DAY, keyScene } from "../../shared/keys/builders.ts";
import { printedInEachTest } from "../../support/printed.ts";

const context = { awsRequestId: "request-1" };
const REQUIRED_BEFORE_SIGNING = 2 * 3600 + 900 + 60;

const printed = printedInEachTest();

const setUp = () => {
  const { stores, clock, dependencies, ring } = keyScene();
  const handle = createRotateKeys({ ...dependencies, namespace: "Latchkey/test" });
  return {
    invoke: (event: unknown) => handle(event, context),
    logged: () => printed.lines().map((line): unknown => JSON.parse(line)),
    stores,
    clock,
    ring,
  };
};

describe("rotate-keys", () => {
  it.each([
    ["the schedule", { "detail-type": "Scheduled Event", source: "aws.events", detail: {} }],
    ["the deployment", {}],
    ["an empty event", undefined],
  ])("makes the first keys for %s", async (_name, event) => {
    const { invoke, ring } = setUp();
    expect(await invoke(event)).toMatchObject({ outcome: "done" });
    expect(ring().access.current.kid).toBe("k1");
  });

  it("lists every key with its state and its times, in the order signer, next, retired", async () => {
    const { invoke, clock } = setUp();
    await invoke({});
    clock.advance(30 * DAY);
    await invoke({});
    expect(await invoke({ action: "list" })).toEqual({
      outcome: "done",
      keys: [
        {
          use: "access",
          kid: "k2",
          alg: "RS256",
          state: "current",
          created_at: "2027-01-15T08:00:00Z",
          published_at: "2027-01-15T08:00:00Z",
        },
        {
          use: "access",
          kid: "k5",
          alg: "RS256",
          state: "next",
          created_at: "2027-02-14T08:00:00Z",
          published_at: "2027-02-14T08:00:00Z",
          signs_from: "2027-03-16T08:00:00Z",
        },
        {
          use: "access",
          kid: "k1",
          alg: "RS256",
          state: "previous",
          created_at: "2027-01-15T08:00:00Z",
          published_at: "2027-01-15T08:00:00Z",
          // 300 s of an old ring, 60 s of a slow run, 900 s of token, 5 s of tolerance.
          verifies_until: "2027-02-14T08:21:05Z",
        },
        { use: "refresh", kid: "k4", alg: "HS256", state: "current", created_at: "2027-01-15T08:00:00Z" },
        {
          use: "refresh",
          kid: "k6",
          alg: "HS256",
          state: "next",
          created_at: "2027-02-14T08:00:00Z",
          signs_from: "2027-03-16T08:00:00Z",
        },
        {
          use: "refresh",
          kid: "k3",
          alg: "HS256",
          state: "previous",
          created_at: "2027-01-15T08:00:00Z",
          verifies_until: "2027-02-21T08:06:05Z",
        },
      ],
    });
  });

  it("lists no key before the first rotation, and makes no key", async () => {
    const { invoke, stores } = setUp();
    expect(await invoke({ action: "list" })).toEqual({ outcome: "done", keys: [] });
    expect(stores.state().ring.access).toBeUndefined();
  });

  it("rotates for an operator before the period is over", async () => {
    const { invoke, ring, clock } = setUp();
    await invoke({});
    clock.advance(REQUIRED_BEFORE_SIGNING);
    await invoke({});
    expect(ring().access.current.kid).toBe("k1");
    await invoke({ action: "rotate" });
    expect(ring().access.current.kid).toBe("k2");
  });

  it("withdraws a key for an operator, and reports a key that does not exist", async () => {
    const { invoke, ring } = setUp();
    await invoke({});
    expect(await invoke({ action: "withdraw", kid: "k1" })).toMatchObject({ outcome: "done" });
    expect(accessKeys(ring()).map(({ kid }) => kid)).toEqual(["k2", "k5"]);
    expect(await invoke({ action: "withdraw", kid: "k1" })).toEqual({ outcome: "unknown_key" });
    expect(accessKeys(ring()).map(({ kid }) => kid)).toEqual(["k2", "k5"]);
  });

  it.each([
    [{ action: "wihtdraw", kid: "k1" }],
    [{ action: "withdraw" }],
    [{ action: "withdraw", kid: "" }],
    [{ action: "withdraw", kid: "k1\nk2" }],
    [{ action: null }],
    ["rotate"],
    [[]],
  ])("changes nothing for %j and says what there is", async (event) => {
    const { invoke, stores } = setUp();
    await invoke({});
    const before = stores.state();
    await expect(invoke(event)).rejects.toThrow('"list", "rotate", or "withdraw"');
    expect(stores.state()).toEqual(before);
  });

  it("logs what became of each key, when, by what and in which request (G2)", async () => {
    const { invoke, logged, clock } = setUp();
    await invoke({});
    clock.advance(DAY);
    const first = logged().length;
    await invoke({ action: "withdraw", kid: "k1" });
    const common = {
      level: "info",
      time: "2027-01-16T08:00:00Z",
      action: "withdraw",
      kid: "k1",
      requestId: "request-1",
    };
    const key = { use: "access", alg: "RS256" };
    expect(logged().slice(first)).toEqual([
      { ...common, event: "key_changed", key: { ...key, kid: "k2", from: "next", to: "current" } },
      { ...common, event: "key_changed", key: { ...key, kid: "k5", from: "none", to: "next" } },
      { ...common, event: "key_changed", key: { ...key, kid: "k1", from: "current", to: "removed" } },
      { ...common, event: "keys_rotated", outcome: "done" },
      // k2 signs, and is a day old.
      { service: "latchkey", KeyAge: DAY, _aws: expect.anything() },
    ]);
  });

  it("has no part of a key in its log and its result (G1)", async () => {
    const { invoke, ring, clock } = setUp();
    const responses = [await invoke({})];
    const rings = [ring()];
    clock.advance(30 * DAY);
    responses.push(await invoke({}), await invoke({ action: "list" }), await invoke({ action: "withdraw", kid: "k2" }));
    rings.push(ring());
    const shown = printed.lines().join("") + JSON.stringify(responses);
    for (const { rootSecret, access, refresh } of rings) {
      const secrets = [access.current, ...access.next].flatMap(({ privateJwk }) => Object.values(privateJwk));
      secrets.push(rootSecret, refresh.current.secret, ...refresh.next.map(({ secret }) => secret));
      for (const secret of secrets.filter((value) => value.length > 10)) expect(shown).not.toContain(secret);
    }
  });
});
