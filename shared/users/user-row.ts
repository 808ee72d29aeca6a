import * as z from "zod/mini";
import type { SessionId, UserId } from "../ids.ts";
import { epochSeconds } from "../time.ts";
import type { NormalizedEmail } from "./email.ts";
import { areValidRoles } from "./roles.ts";
import type { User } from "./user.ts";

/** Key of the row that is the account. */
export const userKey = (userId: UserId) => ({ pk: `USER#${userId}` });

/** Key of the claim to an address: the row that says whose it is. */
export const claimKey = (email: NormalizedEmail) => ({ pk: `EMAIL#${email}` });

/** Keys that no row has: no address is `-`, and no id is. Reading them costs what reading a missing row costs (L5). */
export const NO_CLAIM_KEY = { pk: "EMAIL#-" };
export const NO_USER_KEY = { pk: "USER#-" };

const claimRow = z.object({ userId: z.string() });

const userRow = z.object({
  userId: z.string(),
  email: z.string(),
  normalizedEmail: z.string(),
  name: z.optional(z.string()),
  roles: z.array(z.string()),
  status: z.enum(["active", "disabled", "deleted"]),
  credentialVersion: z.int(),
  deviceEpoch: z.optional(z.int()),
  keptSessionId: z.optional(z.string()),
  createdAt: z.number(),
  // A damaged digest must answer like a wrong password (P6), not like a damaged row.
  passwordDigest: z.catch(z.nullable(z.string()), null),
});

/**
 * The attributes of a user row. None is `expiresAt`: an account does not go by TTL.
 * @throws RangeError for roles beyond the bounds of `areValidRoles`
 */
export const toUserRow = (user: User): Record<string, unknown> => {
  if (!areValidRoles(user.roles)) throw new RangeError("The roles of a user are too many or malformed");
  return { ...userKey(user.userId), ...user };
};

/**
 * The account in a row. Roles that somebody else wrote beyond the bounds are returned as they are, so that the account can be
 * listed and mended; `requireFittingToken` issues no token for them.
 * @throws Error, naming no values, when the row is not one that `toUserRow` writes
 */
export const fromUserRow = (item: unknown): User => {
  const { data, error } = userRow.safeParse(item);
  const createdAt = epochSeconds(data?.createdAt);
  if (data === undefined || createdAt === undefined) throw new Error("A user row is malformed", { cause: error });
  const { userId, normalizedEmail, name, deviceEpoch, keptSessionId, ...rest } = data;
  return {
    ...rest,
    userId: userId as UserId,
    normalizedEmail: normalizedEmail as NormalizedEmail,
    ...(name === undefined ? {} : { name }),
    ...(deviceEpoch === undefined ? {} : { deviceEpoch }),
    ...(keptSessionId === undefined ? {} : { keptSessionId: keptSessionId as SessionId }),
    createdAt,
  };
};

/** The account that a claim names. @throws Error when the row is not a claim */
export const fromClaimRow = (item: unknown): UserId => claimRow.parse(item).userId as UserId;
