import { randomUUID } from "node:crypto";
import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { randomIds } from "../../../shared/ids.ts";
import type { Reservation } from "../../../shared/throttle/attempt-counter.ts";
import { type AttemptRecord, type Backoff, evaluateAttempt } from "../../../shared/throttle/backoff.ts";
import { createThrottleStore, type ThrottleStore } from "../../../shared/throttle/throttle-store.ts";
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

/** Reads a row, with the number of its attempts instead of their ids. */
const readRow = async (pk: string) => {
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
  if (!attempt.admitted) throw new Error("The attempt was rejected");
  return attempt;
};
const admitted = (admissions: readonly { readonly admitted: boolean }[]) =>
  admissions.filter((admission) => admission.admitted).length;
const fifty = <Result>(run: () => Promise<Result>) => Promise.all(Array.from({ length: 50 }, run));

describe("attempts under a back-off", () => {
  it("are admitted ten times and counted ten times, if 50 run in parallel (B2)", async () => {
    const pk = randomUUID();
    expect(admitted(await fifty(() => store.reserve(pk, guessing, NOW)))).toBe(10);
    expect(await readRow(pk)).toMatchObject({ failures: 10, lastAttemptAt: NOW });
  });

  it("are admitted once after a delay, if 50 run in parallel (B2)", async () => {
    const pk = randomUUID();
    await put(pk, { failures: 12, lastAttemptAt: NOW, expiresAt: addSeconds(NOW, 1_000_000) });
    const later = addSeconds(NOW, 120);
    expect(admitted(await fifty(() => store.reserve(pk, guessing, later)))).toBe(1);
    expect(await readRow(pk)).toMatchObject({ failures: 13, lastAttemptAt: later });
  });

  it("are admitted a hundred times in a row at most, whatever the time between them (B1)", async () => {
    const pk = randomUUID();
    let now = NOW;
    let count = 0;
    for (let attempt = 0; attempt < 150; attempt++) {
      if ((await store.reserve(pk, guessing, now)).admitted) count += 1;
      now = addSeconds(now, 3600);
    }
    expect(count).toBe(100);
  });

  it("are counted from zero after a success (B1)", async () => {
    const pk = randomUUID();
    await fifty(() => store.reserve(pk, guessing, NOW));
    await store.reset(pk, guessing, NOW);
    expect(admitted(await fifty(() => store.reserve(pk, guessing, NOW)))).toBe(10);
  });

  it("are counted from zero when their record has expired, although TTL has not deleted the row (S2)", async () => {
    const pk = randomUUID();
    await put(pk, { failures: 100, lastAttemptAt: NOW, expiresAt: addSeconds(NOW, 10) });
    const later = addSeconds(NOW, 10);
    expect(admitted(await fifty(() => store.reserve(pk, guessing, later)))).toBe(10);
    expect(await readRow(pk)).toMatchObject({ failures: 10, expiresAt: later + guessing.memorySeconds });
  });

  it("can be withdrawn one by one, each only once, and a withdrawal creates no row", async () => {
    const pk = randomUUID();
    const none = { pk, attemptId: randomIds.writeId(), attemptedAt: NOW, previousAttemptAt: undefined };
    await store.withdraw({ admitted: true, count: 1, ...none });
    await store.uncount({ admitted: true, ...none });
    expect(await readRow(pk)).toBeUndefined();
    const attempt = await aReservation(pk, NOW);
    await store.withdraw(attempt);
    await store.withdraw(attempt);
    expect(await readRow(pk)).toMatchObject({ failures: 0 });
  });

  it("leave the delay as it was before if they are withdrawn, unless another attempt was counted since", async () => {
    const pk = randomUUID();
    await put(pk, { failures: 12, lastAttemptAt: NOW, expiresAt: addSeconds(NOW, 1_000_000) });
    const first = await aReservation(pk, addSeconds(NOW, 120));
    await store.withdraw(first);
    expect(await readRow(pk)).toMatchObject({ failures: 12, lastAttemptAt: NOW });
    const second = await aReservation(pk, addSeconds(NOW, 120));
    const third = await aReservation(pk, addSeconds(NOW, 400));
    await store.withdraw(second);
    expect(await readRow(pk)).toMatchObject({ failures: 13, lastAttemptAt: third.attemptedAt });
  });

  it("are admitted exactly when `evaluateAttempt` admits them, for random records, schedules and times", async () => {
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
          if (!admission.admitted) expect(await readRow(pk)).toEqual({ pk, ...record });
        },
      ),
      searchRuns(300),
    );
  });
});

describe("attempts in a window", () => {
  const limit = { max: 5, windowSeconds: 60 };

  it("are admitted and counted five times, if 50 run in parallel (B2)", async () => {
    const key = randomUUID();
    expect(admitted(await fifty(() => store.countInWindow(key, limit, NOW)))).toBe(5);
    expect(await readRow(`${key}#${Math.floor(NOW / 60)}`)).toMatchObject({ failures: 5 });
  });

  it("get the time until the next window, and are admitted then (B3)", async () => {
    const key = randomUUID();
    const at = addSeconds(NOW, 17);
    await fifty(() => store.countInWindow(key, limit, at));
    expect(await store.countInWindow(key, limit, at)).toEqual({ admitted: false, retryAfterSeconds: 43 });
    expect(await store.countInWindow(key, limit, addSeconds(at, 42))).toMatchObject({ admitted: false });
    expect(await store.countInWindow(key, limit, addSeconds(at, 43))).toMatchObject({ admitted: true });
  });

  it("can be removed", async () => {
    const key = randomUUID();
    const admissions = await Promise.all(Array.from({ length: 5 }, () => store.countInWindow(key, limit, NOW)));
    for (const admission of admissions) if (admission.admitted) await store.uncount(admission);
    expect(admitted(await fifty(() => store.countInWindow(key, limit, NOW)))).toBe(5);
  });

  it("expire 60 s after their window", async () => {
    const key = randomUUID();
    await store.countInWindow(key, limit, NOW);
    expect(await readRow(`${key}#${Math.floor(NOW / 60)}`)).toMatchObject({ expiresAt: NOW + 120 });
  });
});
