import type { Audit, Caller } from "../audit/audit.ts";

import { accessKeys, type KeyRing } from "../keys/key-ring.ts";
import { toPublicJwk } from "../keys/public-keys.ts";
import { verificationKeys } from "../keys/verification-keys.ts";
import type { Clock } from "../time.ts";
import { verifyRefreshToken } from "../tokens/refresh-token.ts";
import { type VerifierSettings, verifyAccessToken } from "../tokens/verify-access-token.ts";
import type { SessionKey, SessionStore } from "./session-store.ts";

export type LogoutDependencies = {
  readonly sessions: Pick<SessionStore, "revoke">;
  readonly keyRing: () => Promise<KeyRing>;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly verifier: VerifierSettings;
};

/** What a client may hold of the session it wants to end. */
export type LogoutRequest = { readonly refreshToken?: unknown; readonly accessToken?: string | undefined };

/**
 * Ends the session of a genuine refresh token, whatever its generation or age, or of a valid access token: one write. Any
 * other token changes nothing, and the caller is not told which it was (RFC 7009 2.2, O1).
 *
 * @throws the SDK's error if the write failed: then the session may be alive and the client must ask again
 */
export const logOut = async (
  dependencies: LogoutDependencies,
  request: LogoutRequest,
  caller: Caller,
): Promise<void> => {
  const { sessions, clock, audit } = dependencies;
  const key = await sessionOf(dependencies, request);
  if (key === undefined) return;
  const ended = await sessions.revoke(key, "logout", clock());
  if (ended) audit({ event: "session_revoked", ...key, reason: "logout" }, caller);
};

const sessionOf = async (
  { keyRing, verifier, clock }: LogoutDependencies,
  { refreshToken, accessToken }: LogoutRequest,
): Promise<SessionKey | undefined> => {
  const ring = await keyRing();
  const refresh = await verifyRefreshToken(refreshToken, ring);
  if (refresh !== undefined) return { userId: refresh.sub, sessionId: refresh.sid };
  const keys = await verificationKeys(accessKeys(ring).map(toPublicJwk));
  const access = await verifyAccessToken(accessToken, async (kid) => keys.get(kid), verifier, clock());
  return access.valid ? { userId: access.claims.sub, sessionId: access.claims.sid } : undefined;
};
