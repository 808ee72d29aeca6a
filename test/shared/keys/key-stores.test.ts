import { GetSecretValueCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KeyId } from "../../../shared/ids.ts";
import { isEmptyKeyRing } from "../../../shared/keys/key-ring.ts";
import { readKeyRing } from "../../../shared/keys/key-ring-store.ts";
import { PUBLISHED_KEYS_ROW } from "../../../shared/keys/public-key-store.ts";
import { type KeyStores, keyStores, rotateKeys } from "../../../shared/keys/rotate-keys.ts";
import type { RotationRequest } from "../../../shared/keys/rotation.ts";
import { aClock } from "../../support/time.ts";
import { cheapKeys, DAY, fullRing, ROOT_SECRET, settings, toKids, unpublishedKids } from "./builders.ts";
import { SECRET_ID, startKeyStores } from "./key-stores-on-the-wire.ts";

type Wire = Awaited<ReturnType<typeof startKeyStores>>;

const setUp = (wire: Wire) => {
  const clock = aClock();
  const generate = cheapKeys();
  const rotate = (request: RotationRequest = { action: "maintain" }, stores: KeyStores = wire.stores) =>
    rotateKeys({ stores, settings: settings(), generate, clock: clock.now, onChange: () => {} }, request);
  return { clock, rotate };
};

describe("the key stores", () => {
  let wire: Wire;
  beforeEach(async () => {
    wire = await startKeyStores();
  });
  afterEach(() => wire.stop());

  it("contain only the root secret at first, and respond with 503 to a caller that wants to sign", async () => {
    expect(isEmptyKeyRing((await wire.stores.readRing()).ring)).toBe(true);
    expect(await wire.stores.readPublished()).toBeUndefined();
    await expect(readKeyRing(wire.aws.secrets, SECRET_ID)).rejects.toMatchObject({ code: "temporarily_unavailable" });
  });

  it("return the ring and the published keys as they were written, including the root secret", async () => {
    const { rotate } = setUp(wire);
    const keys = await rotate();
    expect((await wire.stores.readRing()).ring).toEqual(keys?.ring);
    expect(keys?.ring.rootSecret).toBe(ROOT_SECRET);
    expect(await wire.stores.readPublished()).toEqual(keys?.published);
  });

  it("write no private member into the table (S1, K1)", async () => {
    const { rotate } = setUp(wire);
    const keys = await rotate();
    const { Item } = await wire.aws.dynamodb.send(
      new GetCommand({ TableName: wire.aws.keysTable, Key: PUBLISHED_KEYS_ROW }),
    );
    const row = JSON.stringify(Item);
    expect(row).not.toContain('"d"');
    for (const key of [keys?.ring.access.current, ...(keys?.ring.access.next ?? [])]) {
      expect(row).toContain(key?.kid);
      expect(row).not.toContain(key?.privateJwk.d);
    }
  });

  it("reject a ring that was decided on an older version, and keep the newer ring (K3)", async () => {
    const { rotate } = setUp(wire);
    await rotate();
    const { ring, versionId } = await wire.stores.readRing();
    const [mine, theirs] = [
      { ...fullRing(ring), devisePepper: "mine" },
      { ...fullRing(ring), devisePepper: "theirs" },
    ];
    expect(await wire.stores.replaceRing(theirs, versionId)).toBe(true);
    expect(await wire.stores.replaceRing(mine, versionId)).toBe(false);
    expect((await wire.stores.readRing()).ring).toEqual(theirs);
  });

  it("reject a publication that was decided on an older publication (K3)", async () => {
    const [one, other] = ["k1", "k2"].map((kid) => ({ keys: [], withdrawn: [kid as KeyId] }));
    if (one === undefined || other === undefined) throw new Error("There are two publications");
    const first = await wire.stores.replacePublished(undefined, one);
    expect(first).toMatchObject({ revision: 1 });
    expect(await wire.stores.replacePublished(undefined, other)).toBeUndefined();
    expect(await wire.stores.replacePublished(first, other)).toMatchObject({ revision: 2 });
    expect(await wire.stores.replacePublished(first, one)).toBeUndefined();
  });

  it("do not return a ring that was stored but never became current", async () => {
    const { rotate } = setUp(wire);
    await wire.aws.secrets.send(
      new PutSecretValueCommand({ SecretId: SECRET_ID, SecretString: "{}", VersionStages: ["LATCHKEY_STAGED"] }),
    );
    const keys = await rotate();
    expect((await wire.stores.readRing()).ring).toEqual(keys?.ring);
  });

  it("recognize their own write when its response was lost and the repeat is rejected", async () => {
    const { rotate } = setUp(wire);
    const client = wire.newSecretsClient();
    let lost = 0;
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const response = await next(args);
        if (context.commandName !== "UpdateSecretVersionStageCommand" || lost > 0) return response;
        lost++;
        throw Object.assign(new Error("socket hang up"), { name: "TimeoutError" });
      },
      { step: "finalizeRequest", priority: "low" },
    );
    const keys = await rotate({ action: "maintain" }, keyStores({ ...wire.aws, secrets: client }));
    expect(lost).toBe(1);
    expect(toKids(fullRing((await wire.stores.readRing()).ring))).toEqual({
      current: "k1",
      next: ["k2"],
      previous: [],
    });
    expect(keys?.published?.keys).toHaveLength(2);
  });

  it("recognize their own write when the responses to all tries were lost, and record the write", async () => {
    const { rotate } = setUp(wire);
    const client = wire.newSecretsClient();
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const response = await next(args);
        if (context.commandName !== "UpdateSecretVersionStageCommand") return response;
        throw Object.assign(new Error("socket hang up"), { name: "TimeoutError" });
      },
      { step: "initialize", priority: "low" },
    );
    const keys = await rotate({ action: "maintain" }, keyStores({ ...wire.aws, secrets: client }));
    expect((await wire.stores.readRing()).ring).toEqual(keys?.ring);
  });

  it("have one published signer after five rotations at once, on the first day and a month later (K3)", async () => {
    const { rotate, clock } = setUp(wire);
    const five = () => Promise.all(Array.from({ length: 5 }, () => rotate()));
    const state = async () => {
      const { ring } = await wire.stores.readRing();
      expect(unpublishedKids(ring, await wire.stores.readPublished())).toEqual([]);
      return toKids(fullRing(ring));
    };
    await five();
    const first = await state();
    clock.advance(30 * DAY);
    await five();
    const later = await state();
    expect(later).toMatchObject({ current: first.next[0], previous: [first.current] });
    expect(later.next).toHaveLength(1);
  });

  it.each([
    ["no JSON", "root secret: 0123456789"],
    ["no root secret", '{"access":"0123456789"}'],
    ["half a ring", JSON.stringify({ rootSecret: ROOT_SECRET, access: { current: "0123456789" } })],
  ])("report a malformed secret without showing it: %s (G1)", async (_case, text) => {
    await wire.aws.secrets.send(new PutSecretValueCommand({ SecretId: SECRET_ID, SecretString: text }));
    const error = await wire.stores.readRing().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Error);
    const shown = error instanceof Error ? `${error.message} ${error.stack}` : "";
    expect(shown).toMatch(/key ring is/);
    expect(shown).not.toContain("0123456789");
    expect(shown).not.toContain(ROOT_SECRET);
    expect((await wire.aws.secrets.send(new GetSecretValueCommand({ SecretId: SECRET_ID }))).SecretString).toBe(text);
  });
});
