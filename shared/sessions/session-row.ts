import * as z from "zod/mini";
import type { RevokedReason } from "../audit/audit.ts";
import type { SessionId, TokenId, UserId } from "../ids.ts";
import { time } from "../keys/key-ring.ts";
import type { EpochSeconds } from "../time.ts";
import type { Session } from "./session.ts";

const branded = <Word extends string>() =>
  z.pipe(
    z.string(),
    z.transform((text) => text as Word),
  );

const row = z.object({
  userId: branded<UserId>(),
  sessionId: branded<SessionId>(),
  transport: z.enum(["bearer", "cookie"]),
  device: z.object({ name: z.optional(z.string()), userAgent: z.string(), ip: z.string() }),
  createdAt: time,
  authenticatedAt: time,
  credentialVersion: z.int(),
  generation: z.int(),
  refreshJti: branded<TokenId>(),
  refreshKid: z.string(),
  refreshIssuedAt: time,
  previousJti: z.optional(branded<TokenId>()),
  idempotencyKeyHash: z.optional(z.string()),
  replayRequiresIdempotencyKey: z.optional(z.boolean()),
  retryRequestedJti: z.optional(branded<TokenId>()),
  overtakenJtis: z.optional(z.array(branded<TokenId>())),
  idleExpiresAt: time,
  absoluteExpiresAt: time,
  revokedAt: z.optional(time),
  // Any word: one that only a newer release knows must not make the row unreadable.
  revokedReason: z.optional(branded<RevokedReason>()),
});

/** The attributes of a row that follow from `idleExpiresAt`. Each write that sets `idleExpiresAt` sets them too. */
export const idleEndAttributes = (idleExpiresAt: EpochSeconds) => ({
  idleExpiresAt,
  /** The table's TTL attribute: DynamoDB deletes the row some time after the last refresh token has expired. */
  expiresAt: idleExpiresAt,
  /** The sort key of `LiveSessions`. A revocation removes it, and with it the row's entry in the index. */
  liveUntil: idleExpiresAt,
});

/** The session as DynamoDB keeps it. A revoked session has no `liveUntil`, so it is not in the index. */
export const toRow = (session: Session): Record<string, unknown> => {
  const { liveUntil, ...ends } = idleEndAttributes(session.idleExpiresAt);
  return { ...session, ...ends, ...(session.revokedAt === undefined ? { liveUntil } : {}) };
};

/** @throws ZodError when the row is not what we wrote: fail closed rather than guess */
export const fromRow = (item: unknown): Session => row.parse(item);
