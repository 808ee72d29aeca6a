import { randomUUID } from "node:crypto";
import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { randomIds } from "../../../shared/ids.ts";
import { type AttemptRecord, type Backoff, evaluateAttempt } from "../../../shared/throttle/backoff.ts";
import { createThrottleStore, type Reservation, type ThrottleStore } from "../../../shared/throttle/throttle-store.ts";
import { addSeconds, type EpochSeconds } from "../../../shared/time.ts";
import type { TestDynamoDb } from "../../support/dynamodb.ts";
import { it } from "../../support/it.ts";
import { searchRuns } from "../../support/runs.ts";
import { guessing } from "../../support/throttle.ts";
import { NOW } from "../../support/time.ts";

let database: TestDynamoDb;
let store: ThrottleStore;
it.beforeAll(({ database: started }) => {
  database = started;
  store = createThrottleStore(database.documentClient, database.tableNames.throttle);
});

/** A row with the number of the attempts that it counts instead of their ids. */
const getRow = async (pk: string) => {
  const get = new GetCommand({ TableName: database.tableNames.throttle, Key: { pk } });
  const { Item } = await database.documentClient.send(get);
  if (Item === undefined) return undefined;
  const { attemptIds = new Set(), ...row } = Item;
  return { ...row, failures: attemptIds.size };
};
const put = (pk: string, { failures, ...times }: AttemptRecord) => {
  const attemptIds = failures === 0 ? undefined : new Set(Array.from({ length: failures }, randomIds.writeId));
  const Item = { pk, attemptIds, ...times };
  return database.documentClient.send(new PutCommand({ TableName: database.tableNames.throttle, Item }));
};
const aReservation = async (pk: string, now: EpochSeconds): Promise<Reservation> => {
  const attempt = await store.reserve(pk, guessing, now);
  if (!attempt.admitted) throw new Error("The attempt was refused");
  return attempt;
};
const admitted = (admissions: readonly { readonly admitted: boolean }[]) =>
  admissions.filter((admission) => admission.admitted).length;
const fifty = <Result>(run: () => Promise<Result>) => Promise.all(Array.from({ length: 50 }, run));

describe("attempts under a back-off", () => {
  it("of 50 parallel ones ten are admitted and ten are counted (B2)", async () => {
    const pk = randomUUID();
    expect(admitted(await fifty(() => store.reserve(pk, guessing, NOW)))).toBe(10);
    expect(await getRow(pk)).toMatchObject({ failures: 10, lastAttemptAt: NOW });
  });

  it("of 50 parallel ones after a wait one is admitted (B2)", async () => {
    const pk = randomUUID();
    await put(pk, { failures: 12, lastAttemptAt: NOW, expiresAt: addSeconds(NOW, 1_000_000) });
    const later = addSeconds(NOW, 120);
    expect(admitted(await fifty(() => store.reserve(pk, guessing, later)))).toBe(1);
    expect(await getRow(pk)).toMatchObject({ failures: 13, lastAttemptAt: later });
  });

  it("are a hundred in a row at most, however long one waits between them (B1)", async () => {
    const pk = randomUUID();
    let now = NOW;
    let count = 0;
    for (let attempt = 0; attempt < 150; attempt++) {
      if ((await store.reserve(pk, guessing, now)).admitted) count += 1;
      now = addSeconds(now, 3600);
    }
    expect(count).toBe(100);
  });

  it("begin anew after a success (B1)", async () => {
    const pk = randomUUID();
    await fifty(() => store.reserve(pk, guessing, NOW));
    await store.reset(pk, guessing, NOW);
    expect(admitted(await fifty(() => store.reserve(pk, guessing, NOW)))).toBe(10);
  });

  it("begin anew when their record is over, though TTL has not removed it (S2)", async () => {
    const pk = randomUUID();
    await put(pk, { failures: 100, lastAttemptAt: NOW, expiresAt: addSeconds(NOW, 10) });
    const later = addSeconds(NOW, 10);
    expect(admitted(await fifty(() => store.reserve(pk, guessing, later)))).toBe(10);
    expect(await getRow(pk)).toMatchObject({ failures: 10, expiresAt: later + guessing.memorySeconds });
  });

  it("can be taken back one by one, never below none, and nothing appears by it", async () => {
    const pk = randomUUID();
    const none = { pk, attemptId: randomIds.writeId(), attemptedAt: NOW, previousAttemptAt: undefined };
    await store.withdraw({ admitted: true, count: 1, ...none });
    await store.uncount({ admitted: true, ...none });
    expect(await getRow(pk)).toBeUndefined();
    const attempt = await aReservation(pk, NOW);
    await store.withdraw(attempt);
    await store.withdraw(attempt);
    expect(await getRow(pk)).toMatchObject({ failures: 0 });
  });

  it("taken back leave the wait as it was, unless somebody tried since", async () => {
    const pk = randomUUID();
    await put(pk, { failures: 12, lastAttemptAt: NOW, expiresAt: addSeconds(NOW, 1_000_000) });
    const first = await aReservation(pk, addSeconds(NOW, 120));
    await store.withdraw(first);
    expect(await getRow(pk)).toMatchObject({ failures: 12, lastAttemptAt: NOW });
    const second = await aReservation(pk, addSeconds(NOW, 120));
    const third = await aReservation(pk, addSeconds(NOW, 400));
    await store.withdraw(second);
    expect(await getRow(pk)).toMatchObject({ failures: 13, lastAttemptAt: third.attemptedAt });
  });

  it("are admitted exactly when the rule says so, whatever the record, the schedule and the time", async () => {
    const backoffs = fc.record({
      failuresBeforeBackoff: fc.integer({ min: 1, max: 4 }),
      initialBackoffSeconds: fc.integer({ min: 1, max: 10 }),
      maxBackoffSeconds: fc.integer({ min: 10, max: 50 }),
      maxConsecutiveFailures: fc.integer({ min: 4, max: 12 }),
      memorySeconds: fc.integer({ min: 20, max: 100 }),
    });
    await fc.assert(
      fc.asyncProperty(
        backoffs,
        fc.integer({ min: 0, max: 14 }),
        fc.integer({ min: 0, max: 110 }),
        async (backoff: Backoff, failures, secondsLater) => {
          const pk = randomUUID();
          const record = { failures, lastAttemptAt: NOW, expiresAt: addSeconds(NOW, backoff.memorySeconds) };
          await put(pk, record);
          const now: EpochSeconds = addSeconds(NOW, secondsLater);
          const admission = await store.reserve(pk, backoff, now);
          const verdict = evaluateAttempt(record, now, backoff);
          expect(admission).toMatchObject(verdict);
          if (!admission.admitted) expect(await getRow(pk)).toEqual({ pk, ...record });
        },
      ),
      searchRuns(300),
    );
  });
});

describe("attempts in a window", () => {
  const limit = { max: 5, windowSeconds: 60 };

  it("of 50 parallel ones five are admitted and counted (B2)", async () => {
    const key = randomUUID();
    expect(admitted(await fifty(() => store.countInWindow(key, limit, NOW)))).toBe(5);
    expect(await getRow(`${key}#${Math.floor(NOW / 60)}`)).toMatchObject({ failures: 5 });
  });

  it("are told when the next window opens, and are admitted then (B3)", async () => {
    const key = randomUUID();
    const at = addSeconds(NOW, 17);
    await fifty(() => store.countInWindow(key, limit, at));
    expect(await store.countInWindow(key, limit, at)).toEqual({ admitted: false, retryAfterSeconds: 43 });
    expect(await store.countInWindow(key, limit, addSeconds(at, 42))).toMatchObject({ admitted: false });
    expect(await store.countInWindow(key, limit, addSeconds(at, 43))).toMatchObject({ admitted: true });
  });

  it("can be taken back", async () => {
    const key = randomUUID();
    const admissions = await Promise.all(Array.from({ length: 5 }, () => store.countInWindow(key, limit, NOW)));
    for (const admission of admissions) if (admission.admitted) await store.uncount(admission);
    expect(admitted(await fifty(() => store.countInWindow(key, limit, NOW)))).toBe(5);
  });

  it("leave with TTL soon after their window, in seconds", async () => {
    const key = randomUUID();
    await store.countInWindow(key, limit, NOW);
    expect(await getRow(`${key}#${Math.floor(NOW / 60)}`)).toMatchObject({ expiresAt: NOW + 120 });
  });
});
