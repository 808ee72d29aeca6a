import type { AuditedEmail } from "../audit/audit.ts";
import { keyedHash } from "../crypto/keyed-hash.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import { normalizeEmail } from "./email.ts";

/**
 * An address for the log. The hash is keyed, so that nobody who reads logs finds out an address by trying; the same address
 * has the same hash for as long as the pepper lives.
 */
export const auditedEmail = (typed: string, { rootSecret }: Pick<KeyRing, "rootSecret">): AuditedEmail => {
  const email = normalizeEmail(typed);
  // What is no address may be anything, a password typed into the wrong field included (G1).
  const emailHash = keyedHash(rootSecret, "latchkey audit", email ?? typed.trim()).toString("base64url");
  return email === undefined ? { emailHash } : { email, emailHash };
};
