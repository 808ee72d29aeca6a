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
 * Yields the session of a genuine refresh token, whatever its generation or age, and then that of a valid access token, if it
 * is another. Whether the session is alive, and whether its transport is the one that the tokens came by (C7), is for its row
 * to say. No I/O besides the key ring.
 */
export async function* sessionsOfTokens(
  { keyRing, clock, verifier }: TokenRecognition,
  { refreshToken, accessToken }: PresentedTokens,
): AsyncGenerator<SessionRef, void, undefined> {
  const ring = await keyRing(knowsRefreshKey(refreshToken));
  const refresh = await verifyRefreshToken(refreshToken, ring);
  if (refresh !== undefined) yield { userId: refresh.sub, sessionId: refresh.sid };
  // The keys are imported only for a token that could be ours.
  const findKey = async (kid: string) => (await verificationKeys(accessKeys(ring).map(toPublicJwk))).get(kid);
  const access = await verifyAccessToken(accessToken, findKey, verifier, clock());
  if (!access.valid) return;
  const { sub, sid } = access.claims;
  if (sid !== refresh?.sid) yield { userId: sub, sessionId: sid };
}
