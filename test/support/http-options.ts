import type { HttpOptions } from "../../shared/http/http-options.ts";
import { securityHeaders } from "../../shared/http/security-headers.ts";

/** The options of a deployment that allows no origin. */
export const httpOptions: HttpOptions = {
  allowedOrigins: [],
  securityHeaders: securityHeaders({ hstsIncludeSubDomains: false }),
};
