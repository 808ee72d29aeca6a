import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { beforeEach, describe, expect } from "vitest";
import type { SessionId, UserId } from "../../../shared/ids.ts";
import { revocationBucket, revocationBuckets } from "../../../shared/sessions/revocations.ts";
import type { Session, SessionRef } from "../../../shared/sessions/session.ts";
import { addSeconds, type EpochSeconds } from "../../../shared/time.ts";
import type { TestDynamoDb } from "../../support/dynamodb.ts";
import { it } from "../../support/it.ts";
import {
  FEED_SHARDS,
  getTokens,
  PASSWORD,
  type SessionLibrary,
  sessionLibrary,
} from "../../support/session-library.ts";
import { aClock, NOW } from "../../support/time.ts";

let database: TestDynamoDb;
let library: SessionLibrary;
it.beforeAll(({ database: started }) => {
  database = started;
});
beforeEach(() => {
  library = sessionLibrary(database);
});

const aSession = async (): Promise<Session> => getTokens(await library.logIn(await library.signUp())).session;
const revoke = (key: SessionRef, at: EpochSeconds = library.clock.now()) =>
  library.dependencies.sessions.revoke(key, "logout", at);

/** A client whose queries fail while `broken`, and that counts its calls. */
const watchedClient = () => {
  const watched = { client: database.newDocumentClient(), calls: 0, broken: false };
  watched.client.middlewareStack.add(
    (next) => (args) => {
      watched.calls += 1;
      if (watched.broken) throw Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });
      return next(args);
    },
    { step: "initialize" },
  );
  return watched;
};

/** A client to whose queries an entry of the index becomes visible only `lagSeconds` after it was written. */
const laggingClient = (lagSeconds: number): DynamoDBDocumentClient => {
  const client = database.newDocumentClient();
  client.middlewareStack.add(
    (next) => async (args) => {
      const response = await next(args);
      const output = response.output as { Items?: { feedAt: unknown }[] };
      const visible = (item: { feedAt: unknown }) => numberIn(item.feedAt) + lagSeconds <= library.clock.now();
      output.Items = output.Items?.filter(visible) ?? [];
      return response;
    },
    { step: "initialize" },
  );
  return client;
};

/** The document client has unmarshalled the item or has yet to, depending on the step. */
const numberIn = (value: unknown): number =>
  typeof value === "object" && value !== null && "N" in value ? Number(value.N) : Number(value);

describe("the revocation feed", () => {
  it("rejects a revoked session within the promised time, and no other session (O2)", async () => {
    const [revoked, alive] = [await aSession(), await aSession()];
    const isRevoked = library.createFeed();
    expect(await isRevoked(revoked)).toBe(false);
    await revoke(revoked);
    library.clock.advance(5);
    expect(await isRevoked(revoked)).toBe(true);
    expect(await isRevoked(alive)).toBe(false);
  });

  it("rejects the access tokens from before a password change within the promised time, and not the new token (O4)", async () => {
    const user = await library.signUp();
    const before = getTokens(await library.logIn(user)).session;
    const isRevoked = library.createFeed();
    expect(await isRevoked(before)).toBe(false);
    // All events are in one second, so a comparison of times in whole seconds would not distinguish the tokens.
    const changed = await library.changePassword(before, PASSWORD, "another battery, another staple");
    if (changed.outcome !== "changed") throw new Error(changed.outcome);
    const { session } = getTokens(await library.refresh(changed.tokens.refreshToken));
    library.clock.advance(5);
    expect(await isRevoked(before)).toBe(true);
    expect(await isRevoked(changed.tokens.session)).toBe(false);
    expect(await isRevoked(session)).toBe(false);
    await revoke(session);
    library.clock.advance(5);
    expect(await isRevoked(session)).toBe(true);
  });

  describe("if the index returns an older state of a row after a newer state", () => {
    /** A feed that has read the revocation of a session. The same row was in the index before, for a password change. */
    const aFeedThatReadBothStates = async () => {
      const before = getTokens(await library.logIn(await library.signUp())).session;
      const changed = await library.changePassword(before, PASSWORD, "another battery, another staple");
      if (changed.outcome !== "changed") throw new Error(changed.outcome);
      const { session } = changed.tokens;
      const older = { ...session, feedAt: library.clock.now() };
      const client = database.newDocumentClient();
      let returnsOlder = false;
      client.middlewareStack.add(
        (next) => async (args) => {
          const result = await next(args);
          const output = result.output as { Items?: readonly unknown[] };
          if (returnsOlder && output.Items?.length === 1) output.Items = [older];
          return result;
        },
        { step: "initialize" },
      );
      const isRevoked = library.createFeed(client);
      library.clock.advance(300);
      await revoke(session);
      library.clock.advance(5);
      expect(await isRevoked(session)).toBe(true);
      const readOlderState = async () => {
        returnsOlder = true;
        library.clock.advance(20);
        const isRejected = await isRevoked(session);
        returnsOlder = false;
        return isRejected;
      };
      return { isRevoked, session, readOlderState };
    };

    it("still rejects the session", async () => {
      const { readOlderState } = await aFeedThatReadBothStates();
      expect(await readOlderState()).toBe(true);
    });

    it("rejects the session for as long as the last access token could live (O2)", async () => {
      const { isRevoked, session, readOlderState } = await aFeedThatReadBothStates();
      await readOlderState();
      for (let age = 25; age < 900; age += 60) {
        expect(await isRevoked(session)).toBe(true);
        library.clock.advance(60);
      }
    });
  });

  it("knows at its first request all revocations that a living token can belong to (O2)", async () => {
    const sessions = [await aSession(), await aSession(), await aSession()];
    for (const session of sessions) {
      await revoke(session);
      library.clock.advance(300);
    }
    const isRevoked = library.createFeed();
    for (const session of sessions) expect(await isRevoked(session)).toBe(true);
  });

  it("remembers a session for as long as its last access token could live, over any number of readings (O2)", async () => {
    const session = await aSession();
    const isRevoked = library.createFeed();
    await revoke(session);
    for (let age = 0; age <= 900; age += 60) {
      library.clock.advance(60);
      expect(await isRevoked(session)).toBe(age + 60 <= 960);
    }
  });

  it.each([1, 5, 10, 14])("finds an entry that becomes visible %i s late (O2)", async (lagSeconds) => {
    const session = await aSession();
    const isRevoked = library.createFeed(laggingClient(lagSeconds));
    await isRevoked(session);
    library.clock.advance(4);
    await revoke(session);
    for (let passed = 1; passed <= lagSeconds + 5; passed += 1) {
      library.clock.advance(1);
      await isRevoked(session);
    }
    expect(await isRevoked(session)).toBe(true);
  });

  it("remembers a session to the last second of the largest clock tolerance, if the clock that revoked was behind (O2)", async () => {
    const session = await aSession();
    const isRevoked = library.createFeed();
    await revoke(session, addSeconds(library.clock.now(), -10));
    expect(await isRevoked(session)).toBe(true);
    library.clock.advance(959);
    expect(await isRevoked(session)).toBe(true);
  });

  it("finds an entry of an execution environment whose clock is behind (O2)", async () => {
    const session = await aSession();
    const isRevoked = library.createFeed();
    await isRevoked(session);
    library.clock.advance(5);
    await isRevoked(session);
    await revoke(session, addSeconds(library.clock.now(), -8));
    library.clock.advance(5);
    expect(await isRevoked(session)).toBe(true);
  });

  it("finds entries before and after midnight, where a new partition begins (O2)", async () => {
    library.clock.advance(86_400 - (library.clock.now() % 86_400) - 3);
    const [before, after] = [await aSession(), await aSession()];
    const isRevoked = library.createFeed();
    await isRevoked(before);
    await revoke(before);
    library.clock.advance(4);
    await revoke(after);
    library.clock.advance(5);
    expect(await isRevoked(before)).toBe(true);
    expect(await isRevoked(after)).toBe(true);
  });

  it("calls DynamoDB at most 13 times for 10 000 requests in 60 s (O2)", async () => {
    const session = await aSession();
    const watched = watchedClient();
    const isRevoked = library.createFeed(watched.client, { shards: 1 });
    for (let request = 0; request < 10_000; request += 1) {
      const second = Math.floor((request * 60) / 10_000);
      library.clock.advance(NOW + second - library.clock.now());
      await isRevoked(session);
    }
    // The authorizer also reads the published keys once.
    expect(watched.calls + 1).toBeLessThanOrEqual(13);
    expect(watched.calls).toBe(12);
  });

  it("rejects every request if it cannot be read and its last reading is too old, and recovers (A6)", async () => {
    const session = await aSession();
    const watched = watchedClient();
    const failures: unknown[] = [];
    const isRevoked = library.createFeed(watched.client, { onReadFailure: (error) => failures.push(error) });
    expect(await isRevoked(session)).toBe(false);
    watched.broken = true;
    library.clock.advance(4);
    expect(await isRevoked(session)).toBe(false);
    library.clock.advance(1);
    await expect(isRevoked(session)).rejects.toThrow("Rate exceeded");
    expect(failures).toHaveLength(1);
    watched.broken = false;
    await revoke(session);
    expect(await isRevoked(session)).toBe(true);
  });

  it("allows unknown sessions if it cannot be read and is `open`, and reports the failure (A6)", async () => {
    const [known, unknown] = [await aSession(), await aSession()];
    const watched = watchedClient();
    const failures: unknown[] = [];
    const isRevoked = library.createFeed(watched.client, {
      whenUnreadable: "open",
      onReadFailure: (error) => failures.push(error),
    });
    await revoke(known);
    expect(await isRevoked(known)).toBe(true);
    watched.broken = true;
    library.clock.advance(5);
    await revoke(unknown);
    expect(await isRevoked(unknown)).toBe(false);
    expect(await isRevoked(known)).toBe(true);
    expect(failures.length).toBeGreaterThan(0);

    const blindFromTheStart = library.createFeed(watched.client, { whenUnreadable: "open" });
    expect(await blindFromTheStart(unknown)).toBe(false);

    // Not every request waits for a table that does not respond.
    const { calls } = watched;
    for (let request = 0; request < 10; request += 1) await blindFromTheStart(unknown);
    expect(watched.calls).toBe(calls);
    watched.broken = false;
    library.clock.advance(5);
    expect(await blindFromTheStart(unknown)).toBe(true);
  });

  describe("on a clock that is wrong for a time", () => {
    /** A feed whose own clocks a test may move. The session library has the true time. */
    const aWrongFeed = (watched = watchedClient()) => {
      const own = aClock();
      const isRevoked = library.createFeed(watched.client, { moment: own.moment });
      const advance = (seconds: number) => {
        library.clock.advance(seconds);
        own.advance(seconds);
      };
      return { isRevoked, advance, step: own.step, watched };
    };

    it.each([
      ["at once", 0],
      ["a second later", 1],
      ["without a request", 130],
    ])(
      "misses nothing that was revoked while the clock was 120 s ahead, after a correction %s (A7)",
      async (_, idle) => {
        const sessions = [await aSession(), await aSession(), await aSession()];
        const { isRevoked, advance, step } = aWrongFeed();
        step(120);
        for (const session of sessions) {
          await isRevoked(session);
          await revoke(session);
          advance(30);
        }
        advance(idle);
        step(-120);
        for (const session of sessions) expect(await isRevoked(session)).toBe(true);
      },
    );

    it("keeps the promised time from the correction on (A7)", async () => {
      const session = await aSession();
      const { isRevoked, advance, step } = aWrongFeed();
      step(120);
      await isRevoked(session);
      step(-120);
      for (let passed = 0; passed < 20; passed += 1) {
        advance(1);
        await isRevoked(session);
      }
      await revoke(session);
      advance(5);
      expect(await isRevoked(session)).toBe(true);
    });

    it.each([
      ["behind", -120],
      ["ahead", 120],
    ])("misses nothing that was revoked before and after a step of the clock: %s (A7)", async (_, jump) => {
      const [before, after] = [await aSession(), await aSession()];
      const { isRevoked, advance, step } = aWrongFeed();
      await isRevoked(before);
      await revoke(before);
      step(jump);
      expect(await isRevoked(before)).toBe(true);
      await revoke(after);
      advance(5);
      step(-jump);
      expect(await isRevoked(after)).toBe(true);
    });

    it("misses nothing that was revoked while the environment was frozen, and reads only that time (A7)", async () => {
      const [frozen, asleep] = [await aSession(), await aSession()];
      const { isRevoked, step } = aWrongFeed();
      await isRevoked(frozen);
      await revoke(frozen);
      library.clock.advance(300);
      // The monotonic clock stood still.
      step(300);
      expect(await isRevoked(frozen)).toBe(true);
      expect(await isRevoked(asleep)).toBe(false);
    });

    it("reads all entries again once after a step back, and then only new entries (A7)", async () => {
      const session = await aSession();
      const { isRevoked, advance, step, watched } = aWrongFeed();
      await isRevoked(session);
      step(-120);
      await isRevoked(session);
      const { calls } = watched;
      advance(4);
      await isRevoked(session);
      expect(watched.calls).toBe(calls);
      advance(1);
      await isRevoked(session);
      expect(watched.calls).toBeGreaterThan(calls);
    });

    it("recovers as fast as usual if it is `open` and its clock steps back (A7)", async () => {
      const session = await aSession();
      const watched = watchedClient();
      const own = aClock();
      const isRevoked = library.createFeed(watched.client, { whenUnreadable: "open", moment: own.moment });
      watched.broken = true;
      await isRevoked(session);
      watched.broken = false;
      await revoke(session);
      own.step(-120);
      expect(await isRevoked(session)).toBe(true);
    });
  });

  it("reads every page of a full partition (O2)", async () => {
    const user = "a-user-with-many-sessions" as UserId;
    const sessions = Array.from({ length: 30 }, (_, index) => ({
      userId: `${user}${"x".repeat(100)}` as UserId,
      sessionId: `session-${index}-${library.clock.now()}${"y".repeat(90)}` as SessionId,
    }));
    const opened = await aSession();
    for (const key of sessions) {
      await library.dependencies.sessions.create({ ...opened, ...key });
      await revoke(key);
    }
    const client = database.newDocumentClient();
    let pages = 0;
    client.middlewareStack.add(
      (next) => (args) => {
        pages += 1;
        Object.assign(args.input, { Limit: 7 });
        return next(args);
      },
      { step: "initialize" },
    );
    const isRevoked = library.createFeed(client);
    for (const key of sessions) expect(await isRevoked({ ...opened, ...key })).toBe(true);
    expect(pages).toBeGreaterThan(FEED_SHARDS);
  });
});

describe("the partitions of the revocation index", () => {
  it.each([1, 2, 16])("that are read include the partition of every session, with %i shards (O2)", (shards) => {
    const buckets = revocationBuckets(addSeconds(NOW, -960), addSeconds(NOW, 5), shards);
    const used = new Set<string>();
    for (let index = 0; index < 500; index += 1) {
      const bucket = revocationBucket(`session-${index}` as SessionId, addSeconds(NOW, -(index % 900)), shards);
      expect(buckets).toContain(bucket);
      used.add(bucket);
    }
    expect(used.size).toBeGreaterThanOrEqual(shards);
  });
});
