import type { SessionId, UserId } from "../ids.ts";
import { type EpochSeconds, toRfc3339 } from "../time.ts";
import type { NormalizedEmail } from "./email.ts";

/** `deleted`: the deletion has begun. The row is deleted as soon as the sessions of the user are revoked. */
export type UserStatus = "active" | "disabled" | "deleted";

/** An account. */
export type User = {
  readonly userId: UserId;
  /** The address as it was typed: to show it, and to send messages to it. */
  readonly email: string;
  readonly normalizedEmail: NormalizedEmail;
  readonly name?: string;
  readonly roles: readonly string[];
  readonly status: UserStatus;
  /** Incremented by every change that revokes the sessions opened before it: of the password, of the status. */
  readonly credentialVersion: number;
  /** Incremented by every logout-all. A device token is valid for one `credentialVersion` and one `deviceEpoch`. @default 0 */
  readonly deviceEpoch?: number;
  /** The session that made the last password change. The change does not revoke this session (`isCredentialCurrent`). */
  readonly keptSessionId?: SessionId;
  readonly createdAt: EpochSeconds;
  /** Only for `verifyPassword`. Null if the account was imported without a digest, or if the row is damaged. */
  readonly passwordDigest: string | null;
};

/** An account in the form that the API sends to its owner. */
export type PublicUser = {
  readonly id: UserId;
  readonly email: string;
  readonly name?: string;
  readonly roles: readonly string[];
  /** RFC 3339, UTC. */
  readonly created_at: string;
};

/** Selects the attributes of an account that its owner may see. */
export const toPublicUser = ({ userId, email, name, roles, createdAt }: User): PublicUser => ({
  id: userId,
  email,
  ...(name === undefined ? {} : { name }),
  roles,
  created_at: toRfc3339(createdAt),
});
