import type { Audit, AuditFields, Caller } from "../audit/audit.ts";
import { LatchkeyError } from "../errors.ts";

/**
 * Writes the audit event `request_throttled`.
 * @returns the error that the caller throws: `too_many_requests` with `Retry-After` (B3)
 */
export const throttled = (rejection: AuditFields<"request_throttled">, caller: Caller, audit: Audit): LatchkeyError => {
  audit({ event: "request_throttled", ...rejection }, caller);
  return new LatchkeyError("too_many_requests", { retryAfterSeconds: rejection.retryAfterSeconds });
};
