import { randomIds } from "../../../shared/ids.ts";
import { type EpochSeconds, epochSecondsSchema } from "../../../shared/time.ts";
import { type NormalizedEmail, normalizeEmail } from "../../../shared/users/email.ts";
import type { User } from "../../../shared/users/user.ts";

export const aTime = (seconds = 1_750_000_000): EpochSeconds => epochSecondsSchema.parse(seconds);

export const anEmail = (typed = "jane@example.com"): NormalizedEmail => {
  const email = normalizeEmail(typed);
  if (email === undefined) throw new Error(`${typed} is not an address`);
  return email;
};

/** Builds an active account with a new id. */
export const aUser = (user: Partial<Omit<User, "normalizedEmail">> = {}): User => ({
  userId: randomIds.userId(),
  email: "jane@example.com",
  normalizedEmail: anEmail(user.email),
  roles: [],
  status: "active",
  credentialVersion: 1,
  createdAt: aTime(),
  passwordDigest: "digest of the first password",
  ...user,
});
