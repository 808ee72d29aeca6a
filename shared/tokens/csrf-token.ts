import { createHash } from "node:crypto";
import { isEqualInConstantTime } from "../crypto/constant-time.ts";
import { keyedHash } from "../crypto/keyed-hash.ts";
import type { SessionId } from "../ids.ts";
import type { KeyRing } from "../keys/key-ring.ts";

/**
 * Returns the CSRF token of a cookie session (OWASP CSRF Prevention Cheat Sheet, "Signed Double-Submit Cookie"). The token is the
 * same during the whole session, so that a page can request the token again after a reload. Each session has another token. The
 * token is not stored. The token is no credential: it proves which site sends a request, not which user (T8). No I/O.
 *
 * @example deriveCsrfToken(session.sessionId, ring)
 */
export const deriveCsrfToken = (sessionId: SessionId, { rootSecret }: Pick<KeyRing, "rootSecret">): string =>
  keyedHash(rootSecret, "latchkey csrf", sessionId).toString("base64url");

/** The hash of a CSRF token that an access token contains. With it the authorizer recognizes the CSRF token without a secret. */
export const hashCsrfToken = (csrfToken: string): string => createHash("sha256").update(csrfToken).digest("base64url");

/** Whether `presented` is the CSRF token with this hash. Compares in constant time. */
export const matchesCsrfHash = (presented: string, hash: string): boolean =>
  isEqualInConstantTime(hashCsrfToken(presented), hash);
