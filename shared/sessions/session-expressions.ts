import type { EpochSeconds } from "../time.ts";
import { revocationBucket } from "./revocations.ts";
import type { Session } from "./session.ts";

/**
 * The named parts of the condition and update expressions of the Sessions table. The conditions contain no time and no id: each
 * `:name` in them is a placeholder, and the write gives the placeholder its value (`placeholders`).
 */

/** A session has this row. Without this part, a condition that only excludes attributes also holds for a missing row. */
export const SESSION_EXISTS = "attribute_exists(sessionId)";

/** The session was not revoked, or there is no row. */
export const IS_NOT_REVOKED = "attribute_not_exists(revokedAt)";

/** Joins conditions that must all hold. `AND` binds closer than `OR`, so the parts need no parentheses. */
export const allOf = (...conditions: readonly string[]): string => conditions.join(" AND ");

/** Joins conditions of which one must hold, in parentheses. */
export const anyOf = (...conditions: readonly string[]): string => `(${conditions.join(" OR ")})`;

/**
 * `isAlive` as a condition, with `:now`. An attribute that does not exist fails a comparison, so the condition does not hold for
 * a missing row.
 */
export const IS_ALIVE = allOf(IS_NOT_REVOKED, "idleExpiresAt > :now", "absoluteExpiresAt > :now");

/** One `name = :name` for each value, for a `SET` of an update. */
export const assignments = (values: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.keys(values).map((name) => `${name} = :${name}`);

/** The `ExpressionAttributeValues` for `values`: each name with a colon in front. */
export const placeholders = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value]));

/** The keys of the index `Revocations`. Authorizers in `feed` mode read there which sessions were revoked or renewed. */
export const feedEntry = ({ sessionId }: Pick<Session, "sessionId">, now: EpochSeconds, feedShards: number) => ({
  feedBucket: revocationBucket(sessionId, now, feedShards),
  feedAt: now,
});
