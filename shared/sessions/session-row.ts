import * as z from "zod/mini";
import type { RevokedReason } from "../audit/audit.ts";
import { sessionIdSchema, tokenIdSchema, userIdSchema } from "../ids.ts";
import { type EpochSeconds, epochSecondsSchema } from "../time.ts";
import type { Session } from "./session.ts";

const row = z.object({
  userId: userIdSchema,
  sessionId: sessionIdSchema,
  transport: z.enum(["bearer", "cookie"]),
  device: z.object({ name: z.optional(z.string()), userAgent: z.string(), ip: z.string() }),
  createdAt: epochSecondsSchema,
  authenticatedAt: epochSecondsSchema,
  credentialVersion: z.int(),
  generation: z.int(),
  refreshJti: tokenIdSchema,
  refreshKid: z.string(),
  refreshIssuedAt: epochSecondsSchema,
  previousJti: z.optional(tokenIdSchema),
  idempotencyKeyHash: z.optional(z.string()),
  replayRequiresIdempotencyKey: z.optional(z.boolean()),
  retryRequestedJti: z.optional(tokenIdSchema),
  overtakenJtis: z.optional(z.array(tokenIdSchema)),
  idleExpiresAt: epochSecondsSchema,
  absoluteExpiresAt: epochSecondsSchema,
  revokedAt: z.optional(epochSecondsSchema),
  // Any text: a reason that only a newer release knows must not make the row unreadable.
  revokedReason: z.optional(
    z.pipe(
      z.string(),
      z.transform((text) => text as RevokedReason),
    ),
  ),
});

/** The local secondary index of the Sessions table that holds the open sessions of a user (docs/decisions/0023). */
export const LIVE_SESSIONS_INDEX = "LiveSessions";

/** The attributes of a row that follow from `idleExpiresAt`. Each write that sets `idleExpiresAt` sets them too. */
export const idleExpiryAttributes = (idleExpiresAt: EpochSeconds) => ({
  idleExpiresAt,
  /** The table's TTL attribute: DynamoDB deletes the row some time after the last refresh token has expired. */
  expiresAt: idleExpiresAt,
  /** The sort key of `LiveSessions`. A revocation removes it, and with it the row's entry in the index. */
  liveUntil: idleExpiresAt,
});

/** The session as DynamoDB stores it. A revoked session has no `liveUntil`, so it is not in the index. */
export const toRow = (session: Session): Record<string, unknown> => {
  const { liveUntil, ...expiry } = idleExpiryAttributes(session.idleExpiresAt);
  return { ...session, ...expiry, ...(session.revokedAt === undefined ? { liveUntil } : {}) };
};

/**
 * Parses a row of the Sessions table.
 *
 * @throws ZodError if this service did not write the row: a row that cannot be read must not count as a session
 */
export const fromRow = (item: unknown): Session => row.parse(item);
