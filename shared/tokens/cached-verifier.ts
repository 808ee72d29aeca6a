import type { CachedRead } from "../keys/cached-read.ts";
import type { VerificationKeys } from "../keys/verification-keys.ts";
import type { Clock } from "../time.ts";
import type { AccessTokenClaims } from "./access-token.ts";
import { type AccessTokenVerdict, type VerifierSettings, verifyAccessToken } from "./verify-access-token.ts";

/** Verifies access tokens on an instance that sees the same ones again and again. */
export type AccessTokenVerifier = (token: string) => Promise<AccessTokenVerdict>;

/** A few megabytes at the most, of tokens up to 8 KB. */
const MAX_ENTRIES = 500;

/**
 * `verifyAccessToken` that remembers the tokens it found good: a repeat costs a look-up. A remembered token is still
 * refused once it has expired or its key is no longer published. A `kid` nobody knows makes `keys` read again, once a
 * cool-down (K4).
 *
 * @throws what reading `keys` throws: no key, no verdict (A6)
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
