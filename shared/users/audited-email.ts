import type { AuditedEmail } from "../audit/audit.ts";
import { keyedHash } from "../crypto/keyed-hash.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import { normalizeEmail } from "./email.ts";

/**
 * Prepares a typed e-mail address for the audit log. The hash is keyed, so a reader of the log cannot find the address by trying
 * addresses. The same address has the same hash as long as the root secret stays the same.
 *
 * @returns only the hash, if the text is not an e-mail address
 */
export const auditedEmail = (typed: string, { rootSecret }: Pick<KeyRing, "rootSecret">): AuditedEmail => {
  const email = normalizeEmail(typed);
  // A text that is not an address may be a password in the wrong field (G1).
  const emailHash = keyedHash(rootSecret, "latchkey audit", email ?? typed.trim()).toString("base64url");
  return email === undefined ? { emailHash } : { email, emailHash };
};
