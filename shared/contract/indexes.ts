/**
 * The sparse index of the Sessions table that authorizers in `feed` mode read. It holds the sessions that were revoked and the
 * sessions whose older access tokens a password change rejected.
 */
export const REVOCATIONS_INDEX = "Revocations";

/** The sparse index of the Sessions table over open sessions, by user. It is a local index, because only those support strongly consistent reads. */
export const LIVE_SESSIONS_INDEX = "LiveSessions";
