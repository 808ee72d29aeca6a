import type { SessionId, UserId } from "../ids.ts";
import { type EpochSeconds, toRfc3339 } from "../time.ts";
import type { NormalizedEmail } from "./email.ts";

/** `deleted`: the deletion has begun. The row goes as soon as the sessions of the user are revoked. */
export type UserStatus = "active" | "disabled" | "deleted";

/** An account, as the service thinks of it. */
export type User = {
  readonly userId: UserId;
  /** As it was typed: for showing, and for sending messages to. */
  readonly email: string;
  readonly normalizedEmail: NormalizedEmail;
  readonly name?: string;
  readonly roles: readonly string[];
  readonly status: UserStatus;
  /** Grows with every change that must end the sessions opened before it: password, status. */
  readonly credentialVersion: number;
  /** Grows with every logout-all. A device token is valid for one `credentialVersion` and one `deviceEpoch`. @default 0 */
  readonly deviceEpoch?: number;
  /** The session that made the last password change and outlives it (`isCredentialCurrent`). */
  readonly keptSessionId?: SessionId;
  readonly createdAt: EpochSeconds;
  /** For `verifyPassword` alone; null if the account was imported without one or the row is damaged. */
  readonly passwordDigest: string | null;
};

/** An account, as the API answers it to its owner. */
export type PublicUser = {
  readonly id: UserId;
  readonly email: string;
  readonly name?: string;
  readonly roles: readonly string[];
  /** RFC 3339, UTC. */
  readonly created_at: string;
};

export const toPublicUser = ({ userId, email, name, roles, createdAt }: User): PublicUser => ({
  id: userId,
  email,
  ...(name === undefined ? {} : { name }),
  roles,
  created_at: toRfc3339(createdAt),
});
