import type { IdSource } from "../ids.ts";
import { checkNewPassword, type PasswordPolicy, type PasswordRejection } from "../passwords/password-policy.ts";
import type { Clock } from "../time.ts";
import { normalizeEmail } from "../users/email.ts";
import type { User } from "../users/user.ts";
import type { UserStore } from "../users/user-store.ts";

export type RegisterDependencies = {
  readonly users: Pick<UserStore, "findByEmail" | "create">;
  readonly clock: Clock;
  readonly ids: Pick<IdSource, "userId">;
  /** `hashPassword` with the secrets of the service. */
  readonly hash: (password: string) => Promise<string>;
  readonly policy: PasswordPolicy;
};

export type Registration = { readonly email: string; readonly password: string; readonly name?: string | undefined };

export type RegisterOutcome =
  | { readonly outcome: "registered"; readonly user: User }
  | { readonly outcome: "invalid_email" }
  | { readonly outcome: "password_rejected"; readonly reason: PasswordRejection; readonly description: string }
  | { readonly outcome: "account_exists" };

/**
 * Opens an account for an address that has none. The answer `account_exists` is no secret, so neither is its time: a
 * known address is told before anything is hashed. One read and two writes; two reads for a known address.
 */
export const registerUser = async (
  { users, clock, ids, hash, policy }: RegisterDependencies,
  { email, password, name }: Registration,
): Promise<RegisterOutcome> => {
  const normalizedEmail = normalizeEmail(email);
  if (normalizedEmail === undefined) return { outcome: "invalid_email" };

  const verdict = await checkNewPassword(password, { ...policy, email: normalizedEmail });
  if (!verdict.ok) return { outcome: "password_rejected", reason: verdict.reason, description: verdict.description };

  if (await users.findByEmail(normalizedEmail)) return { outcome: "account_exists" };

  const shownName = name?.trim();
  const user: User = {
    userId: ids.userId(),
    email: email.trim(),
    normalizedEmail,
    ...(shownName ? { name: shownName } : {}),
    roles: [],
    status: "active",
    credentialVersion: 1,
    createdAt: clock(),
    passwordDigest: await hash(password),
  };
  const { outcome } = await users.create(user);
  return outcome === "created" ? { outcome: "registered", user } : { outcome };
};
