import { createHash } from "node:crypto";
import { isEqualInConstantTime } from "../crypto/constant-time.ts";
import { keyedHash } from "../crypto/keyed-hash.ts";
import type { SessionId } from "../ids.ts";
import type { KeyRing } from "../keys/key-ring.ts";

/**
 * The CSRF token of a cookie session: the same one for as long as the session lives, so that a page that was reloaded can
 * ask for it again, and no other session's (OWASP CSRF Prevention Cheat Sheet, "Signed Double-Submit Cookie"). Nothing of
 * it is stored. It is no credential: it says where a request comes from, not who sends it (T8).
 */
export const deriveCsrfToken = (sessionId: SessionId, { rootSecret }: Pick<KeyRing, "rootSecret">): string =>
  keyedHash(rootSecret, "latchkey csrf", sessionId).toString("base64url");

/** What an access token carries of it: enough to recognise the token without a secret. */
export const hashCsrfToken = (csrfToken: string): string => createHash("sha256").update(csrfToken).digest("base64url");

/** Whether `presented` is the CSRF token of this hash. */
export const matchesCsrfHash = (presented: string, hash: string): boolean =>
  isEqualInConstantTime(hashCsrfToken(presented), hash);
