import { createHmac, hkdfSync } from "node:crypto";
import type { AuditedEmail } from "../audit/audit.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import { normalizeEmail } from "./email.ts";

/**
 * An address for the log. The hash is keyed, so that nobody who reads logs finds out an address by trying; the same address
 * has the same hash for as long as the pepper lives.
 */
export const auditedEmail = (typed: string, { rootSecret }: Pick<KeyRing, "rootSecret">): AuditedEmail => {
  const key = hkdfSync("sha256", rootSecret, "", "latchkey audit", 32);
  const email = normalizeEmail(typed);
  // What is no address may be anything, a password typed into the wrong field included (G1).
  const emailHash = createHmac("sha256", new Uint8Array(key))
    .update(email ?? typed.trim())
    .digest("base64url");
  return email === undefined ? { emailHash } : { email, emailHash };
};
