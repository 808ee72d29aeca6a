import { keyedHash } from "../crypto/keyed-hash.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import { normalizeEmail } from "../users/email.ts";

/**
 * Names a counter in a row and in the log. The parts are hashed under the root secret, so the table shows no e-mail address and
 * no network address (S1). The key has the same length for every input.
 *
 * @example throttleKey("login_address", ["192.0.2.1"], ring) // "login_address#…"
 */
export const throttleKey = (
  counter: string,
  parts: readonly string[],
  { rootSecret }: Pick<KeyRing, "rootSecret">,
): string => {
  // The length before each part keeps the parts apart: two different lists never give the same text.
  const text = [counter, ...parts].map((part) => `${part.length}:${part}`).join("");
  return `${counter}#${keyedHash(rootSecret, "latchkey throttle", text).toString("base64url")}`;
};

/** Returns the form under which a typed e-mail address is counted, whether or not the account exists (L1). */
export const countedEmail = (typed: string): string => normalizeEmail(typed) ?? typed.trim();
