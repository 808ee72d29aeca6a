import { accessKeys } from "../keys/key-ring.ts";
import type { KeyRingReader } from "../keys/key-sources.ts";
import { toPublicJwk } from "../keys/public-keys.ts";
import { verificationKeys } from "../keys/verification-keys.ts";
import type { Clock } from "../time.ts";
import { type RecognizedRefreshToken, recognizeRefreshToken } from "../tokens/refresh-token.ts";
import { type VerifierSettings, verifyAccessToken } from "../tokens/verify-access-token.ts";
import { getGrant } from "./authorize.ts";
import type { SessionRef } from "./session-store.ts";

/** What recognises the service's own tokens where the key ring is at hand. */
export type TokenRecognition = {
  readonly keyRing: KeyRingReader;
  readonly clock: Clock;
  readonly verifier: VerifierSettings;
};

/** Tokens as somebody presents them; what is not ours is as good as absent. */
export type PresentedTokens = {
  readonly refreshToken?: unknown;
  readonly accessToken?: unknown;
  /** `refreshToken` after its verification, if the caller has verified it already. @default it is verified */
  readonly recognized?: RecognizedRefreshToken | undefined;
};

/** A session that a token names. */
export type NamedSession = SessionRef & {
  /** Of an access token: a password change may have rejected it since (`isOutdated`). */
  readonly credentialVersion?: number;
};

/**
 * Yields the session of a genuine refresh token, whatever its generation or age, and then the session of a valid access token, if
 * the two differ. The row of a session says whether the session is alive, whether its transport is the one that the tokens came
 * by (C7), and whether the access token is outdated. No I/O, except that the key ring may be read.
 */
export async function* sessionsOfTokens(
  { keyRing, clock, verifier }: TokenRecognition,
  { refreshToken, accessToken, recognized }: PresentedTokens,
): AsyncGenerator<NamedSession, void, undefined> {
  const { ring, claims: refresh } = recognized ?? (await recognizeRefreshToken(refreshToken, keyRing));
  if (refresh !== undefined) yield { userId: refresh.sub, sessionId: refresh.sid };
  // The keys are imported only for a token that could be ours.
  const findKey = async (kid: string) => (await verificationKeys(accessKeys(ring).map(toPublicJwk))).get(kid);
  const access = await verifyAccessToken(accessToken, findKey, verifier, clock());
  if (access.valid && access.claims.sid !== refresh?.sid) yield getGrant(access.claims);
}
