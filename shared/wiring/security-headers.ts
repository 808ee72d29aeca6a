import * as z from "zod/mini";
import { SWITCH } from "../contract/modes.ts";
import { type SecurityHeaders, securityHeaders } from "../contract/security-headers.ts";
import { env, readEnvironment } from "./environment.ts";

/**
 * Reads the operator's choice about the security headers. If the variable is not set, HSTS is without `includeSubDomains`.
 * @throws Error that names the variable, if its value is malformed
 */
export const securityHeadersFromEnvironment = (): SecurityHeaders => {
  const { HSTS_INCLUDE_SUBDOMAINS } = readEnvironment({
    HSTS_INCLUDE_SUBDOMAINS: z._default(env.oneOf(SWITCH), "off"),
  });
  return securityHeaders({ hstsIncludeSubDomains: HSTS_INCLUDE_SUBDOMAINS === "on" });
};
