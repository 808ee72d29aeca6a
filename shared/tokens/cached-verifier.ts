import type { CachedRead } from "../keys/cached-read.ts";
import type { VerificationKeys } from "../keys/verification-keys.ts";
import type { Clock } from "../time.ts";
import type { AccessTokenClaims } from "./access-token.ts";
import { type AccessTokenVerdict, type VerifierSettings, verifyAccessToken } from "./verify-access-token.ts";

/** Verifies an access token. An execution environment verifies the same tokens many times. */
export type AccessTokenVerifier = (token: string) => Promise<AccessTokenVerdict>;

/** The number of tokens that are remembered: at most a few megabytes, because a token has at most 8 KB. */
const MAX_ENTRIES = 500;

/**
 * `verifyAccessToken` with a memory: a token that was valid before costs a look-up. A remembered token is still rejected after it
 * has expired or its key is no longer published. An unknown `kid` makes `keys` read again, at most once in each cool-down (K4).
 *
 * @throws (the verifier) what reading `keys` throws: without keys there is no verdict (A6)
 * @example
 * const verify = cachedVerifier(verificationKeySource(client, "Keys", systemMoment), settings, systemClock);
 * const verdict = await verify(token);
 */
export const cachedVerifier = (
  keys: CachedRead<VerificationKeys>,
  settings: VerifierSettings,
  clock: Clock,
): AccessTokenVerifier => {
  const remembered = new Map<string, { readonly claims: AccessTokenClaims; readonly kid: string }>();

  return async (token) => {
    const now = clock();
    const known = remembered.get(token);
    if (known !== undefined) {
      if (now >= known.claims.exp + settings.clockToleranceSeconds) {
        remembered.delete(token);
        return { valid: false, reason: "expired" };
      }
      if ((await keys.get()).has(known.kid)) return { valid: true, ...known };
      remembered.delete(token);
    }
    const findKey = async (kid: string) => (await keys.get()).get(kid) ?? (await keys.reload()).get(kid);
    const verdict = await verifyAccessToken(token, findKey, settings, now);
    if (verdict.valid) {
      const [oldest] = remembered.keys();
      if (remembered.size >= MAX_ENTRIES && oldest !== undefined) remembered.delete(oldest);
      remembered.set(token, { claims: verdict.claims, kid: verdict.kid });
    }
    return verdict;
  };
};
