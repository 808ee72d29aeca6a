/** The choices of an operator that the functions read from their environment. Settings and functions know no other words. */

/**
 * How an authorizer learns of revocations: `stateless` not at all, `feed` from the revocation feed within seconds, `lookup` from
 * the row of the session at each request (docs/revocation.md).
 */
export const REVOCATION_MODES = ["stateless", "feed", "lookup"] as const;

/** One of `REVOCATION_MODES`. */
export type RevocationMode = (typeof REVOCATION_MODES)[number];

/**
 * What an authorizer in `feed` mode does if the feed cannot be read for longer than the allowed staleness: `closed` rejects every
 * request, `open` accepts every valid token.
 */
export const FEED_FALLBACKS = ["closed", "open"] as const;

/** Whether anybody may create an account. */
export const REGISTRATION_MODES = ["open", "closed"] as const;

/**
 * How the audit log shows e-mail addresses: `clear` as typed, `hash` as a keyed hash that is the same for each event of one
 * address, `omit` not at all.
 */
export const AUDIT_EMAIL_MODES = ["clear", "hash", "omit"] as const;

/** One of `AUDIT_EMAIL_MODES`. */
export type AuditEmailMode = (typeof AUDIT_EMAIL_MODES)[number];

/** A choice that is either made or not. */
export const SWITCH = ["on", "off"] as const;
