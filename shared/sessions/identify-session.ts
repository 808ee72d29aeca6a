import { accessKeys } from "../keys/key-ring.ts";
import type { KeyRingReader } from "../keys/key-sources.ts";
import { toPublicJwk } from "../keys/public-keys.ts";
import { verificationKeys } from "../keys/verification-keys.ts";
import type { Clock } from "../time.ts";
import { type RecognizedRefreshToken, recognizeRefreshToken } from "../tokens/refresh-token.ts";
import { type VerifierSettings, verifyAccessToken } from "../tokens/verify-access-token.ts";
import { toTokenGrant } from "./authorize.ts";
import type { SessionRef } from "./session.ts";

/** What a function needs to recognize the tokens of this service: the key ring, the clock and the expected claims. */
export type TokenRecognition = {
  readonly keyRing: KeyRingReader;
  readonly clock: Clock;
  readonly verifier: VerifierSettings;
};

/** The tokens of a request. A value that is no token of this service counts as absent. */
export type PresentedTokens = {
  readonly refreshToken?: unknown;
  readonly accessToken?: unknown;
  /** `refreshToken` after its verification, if the caller has verified it. @default `findNamedSessions` verifies it */
  readonly recognized?: RecognizedRefreshToken | undefined;
};

/** A session that a genuine token names. */
export type NamedSession = SessionRef & {
  /** Given if an access token names the session. A password change may have made that token outdated (`isOutdated`). */
  readonly credentialVersion?: number;
};

/**
 * Yields the session that a genuine refresh token names, whatever the token's generation or age. Then yields the session that a
 * valid access token names, if that is another session. The caller must read the row of the session to learn whether the session
 * is alive, whether its transport is the transport of the request (C7), and whether the access token is outdated.
 *
 * Cost: no I/O, except that the key ring may be read.
 * @throws what reading the key ring throws
 * @example for await (const session of findNamedSessions(recognition, { refreshToken })) await revoke(session)
 */
export async function* findNamedSessions(
  { keyRing, clock, verifier }: TokenRecognition,
  { refreshToken, accessToken, recognized }: PresentedTokens,
): AsyncGenerator<NamedSession, void, undefined> {
  const { ring, claims: refresh } = recognized ?? (await recognizeRefreshToken(refreshToken, keyRing));
  if (refresh !== undefined) yield { userId: refresh.sub, sessionId: refresh.sid };
  // Imports the keys only for a token that this service may have issued.
  const findKey = async (kid: string) => (await verificationKeys(accessKeys(ring).map(toPublicJwk))).get(kid);
  const access = await verifyAccessToken(accessToken, findKey, verifier, clock());
  if (access.valid && access.claims.sid !== refresh?.sid) yield toTokenGrant(access.claims);
}
