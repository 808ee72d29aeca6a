import { securityHeaders } from "../../shared/contract/security-headers.ts";
import type { HttpOptions } from "../../shared/http/http-options.ts";

/** The options of a deployment that allows no origin. */
export const httpOptions: HttpOptions = {
  allowedOrigins: [],
  securityHeaders: securityHeaders({ hstsIncludeSubDomains: false }),
};
