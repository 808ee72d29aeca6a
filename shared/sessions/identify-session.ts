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
 * The session of a genuine refresh token, whatever its generation or age, else of a valid access token. Whether the session
 * is alive, and whether the access token is outdated, is for its row to say.
 */
export const identifySession = async (
  { keyRing, clock, verifier }: TokenRecognition,
  { refreshToken, accessToken, recognized }: PresentedTokens,
): Promise<NamedSession | undefined> => {
  const { ring, claims: refresh } = recognized ?? (await recognizeRefreshToken(refreshToken, keyRing));
  if (refresh !== undefined) return { userId: refresh.sub, sessionId: refresh.sid };
  // The keys are imported only for a token that could be ours.
  const findKey = async (kid: string) => (await verificationKeys(accessKeys(ring).map(toPublicJwk))).get(kid);
  const access = await verifyAccessToken(accessToken, findKey, verifier, clock());
  return access.valid ? getGrant(access.claims) : undefined;
};
