import type { IdSource } from "../ids.ts";
import { checkNewPassword, type PasswordPolicy, type PasswordRejection } from "../passwords/password-policy.ts";
import type { Clock } from "../time.ts";
import { normalizeEmail } from "../users/email.ts";
import type { User } from "../users/user.ts";
import type { UserStore } from "../users/user-store.ts";

/** The store, the clock and the password rules of a registration. */
export type RegisterDependencies = {
  readonly users: Pick<UserStore, "findByEmail" | "create">;
  readonly clock: Clock;
  readonly ids: Pick<IdSource, "userId">;
  /** `hashPassword` with the secrets of the service. */
  readonly hash: (password: string) => Promise<string>;
  readonly policy: PasswordPolicy;
};

/** A registration as the client sent it. */
export type Registration = { readonly email: string; readonly password: string; readonly name?: string | undefined };

/** The result of a registration. `description` says in plain English why the password was rejected. */
export type RegisterOutcome =
  | { readonly outcome: "registered"; readonly user: User }
  | { readonly outcome: "invalid_email" }
  | { readonly outcome: "password_rejected"; readonly reason: PasswordRejection; readonly description: string }
  | { readonly outcome: "account_exists" };

/**
 * Creates an account for an address that has no account. The outcome `account_exists` is no secret, so its time need not be hidden
 * either: for a known address the function returns before it hashes the password.
 *
 * Cost: one read and two writes. For a known address: two reads.
 *
 * @throws the SDK's error if a call failed: the account may then exist
 * @example const outcome = await registerUser(dependencies, { email, password, name })
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
