import { keyedHash } from "../crypto/keyed-hash.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import { normalizeEmail } from "../users/email.ts";

/**
 * Names what is counted, in rows and in the log: a keyed hash, so that the table tells nobody's address (S1), and of one
 * length, whatever was typed.
 */
export const throttleKey = (
  counter: string,
  parts: readonly string[],
  { rootSecret }: Pick<KeyRing, "rootSecret">,
): string => {
  // Lengths keep the parts apart: no two lists of parts are one text.
  const text = [counter, ...parts].map((part) => `${part.length}:${part}`).join("");
  return `${counter}#${keyedHash(rootSecret, "latchkey throttle", text).toString("base64url")}`;
};

/** What was typed as an e-mail address, in the one form it is counted under, account or not (L1). */
export const countedEmail = (typed: string): string => normalizeEmail(typed) ?? typed.trim();
