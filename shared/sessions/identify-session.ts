import { accessKeys } from "../keys/key-ring.ts";
import type { KeyRingReader } from "../keys/key-sources.ts";
import { toPublicJwk } from "../keys/public-keys.ts";
import { verificationKeys } from "../keys/verification-keys.ts";
import type { Clock } from "../time.ts";
import { knowsRefreshKey, verifyRefreshToken } from "../tokens/refresh-token.ts";
import { type VerifierSettings, verifyAccessToken } from "../tokens/verify-access-token.ts";
import type { SessionRef } from "./session-store.ts";

/** What recognises the service's own tokens where the key ring is at hand. */
export type TokenRecognition = {
  readonly keyRing: KeyRingReader;
  readonly clock: Clock;
  readonly verifier: VerifierSettings;
};

/** Tokens as somebody presents them; what is not ours is as good as absent. */
export type PresentedTokens = { readonly refreshToken?: unknown; readonly accessToken?: unknown };

/**
 * The session of a genuine refresh token, whatever its generation or age, else of a valid access token. Whether the session
 * is alive is for its row to say.
 */
export const identifySession = async (
  { keyRing, clock, verifier }: TokenRecognition,
  { refreshToken, accessToken }: PresentedTokens,
): Promise<SessionRef | undefined> => {
  const ring = await keyRing(knowsRefreshKey(refreshToken));
  const refresh = await verifyRefreshToken(refreshToken, ring);
  if (refresh !== undefined) return { userId: refresh.sub, sessionId: refresh.sid };
  // The keys are imported only for a token that could be ours.
  const findKey = async (kid: string) => (await verificationKeys(accessKeys(ring).map(toPublicJwk))).get(kid);
  const access = await verifyAccessToken(accessToken, findKey, verifier, clock());
  return access.valid ? { userId: access.claims.sub, sessionId: access.claims.sid } : undefined;
};
