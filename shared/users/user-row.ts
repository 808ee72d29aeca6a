import * as z from "zod/mini";
import { sessionIdSchema, type UserId, userIdSchema } from "../ids.ts";
import { epochSecondsSchema } from "../time.ts";
import type { NormalizedEmail } from "./email.ts";
import { areValidRoles } from "./roles.ts";
import type { User } from "./user.ts";

/** The key of the row that holds an account. */
export const userKey = (userId: UserId) => ({ pk: `USER#${userId}` });

/** The key of the claim to an address: the row that names the account of the address. */
export const claimKey = (email: NormalizedEmail) => ({ pk: `EMAIL#${email}` });

/** A key that no claim has. Reading this key costs the same as reading the claim to an address without an account (L5). */
export const NO_CLAIM_KEY = { pk: "EMAIL#-" };

/** A key that no account has, for the same purpose. */
export const NO_USER_KEY = { pk: "USER#-" };

const claimRow = z.object({ userId: userIdSchema });

const userRow = z.object({
  userId: userIdSchema,
  email: z.string(),
  normalizedEmail: z.pipe(
    z.string(),
    z.transform((text) => text as NormalizedEmail),
  ),
  name: z.exactOptional(z.string()),
  roles: z.array(z.string()),
  status: z.enum(["active", "disabled", "deleted"]),
  credentialVersion: z.int(),
  deviceEpoch: z.exactOptional(z.int()),
  keptSessionId: z.exactOptional(sessionIdSchema),
  createdAt: epochSecondsSchema,
  // A damaged digest must lead to the response for a wrong password (P6), not to the response for a damaged row.
  passwordDigest: z.catch(z.nullable(z.string()), null),
});

/**
 * Builds the attributes of a user row. The row has no `expiresAt`, so TTL never deletes an account.
 * @throws RangeError if the roles exceed the bounds of `areValidRoles`
 */
export const toUserRow = (user: User): Record<string, unknown> => {
  if (!areValidRoles(user.roles)) throw new RangeError("The roles of a user are too many or malformed");
  return { ...userKey(user.userId), ...user };
};

/**
 * Reads the account from a row. Another program may have written roles that exceed the bounds. These roles are returned
 * unchanged, so that an operator can list and correct the account. `requireFittingToken` issues no token for them.
 *
 * @throws Error without any value of the row, if `toUserRow` did not write the row
 */
export const fromUserRow = (item: unknown): User => {
  const { data, error } = userRow.safeParse(item);
  if (data === undefined) throw new Error("A user row is malformed", { cause: error });
  return data;
};

/** Reads the account that a claim names. @throws ZodError if the row is not a claim */
export const fromClaimRow = (item: unknown): UserId => claimRow.parse(item).userId;
