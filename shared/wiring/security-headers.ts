import * as z from "zod/mini";
import { type SecurityHeaders, securityHeaders } from "../http/security-headers.ts";
import { env, readEnvironment } from "./environment.ts";

/**
 * Reads the setting of the security headers. If the variable is not set, HSTS has no `includeSubDomains`.
 * @throws Error that names the variable, if its value is malformed
 */
export const securityHeadersFromEnvironment = (): SecurityHeaders => {
  const { HSTS_INCLUDE_SUBDOMAINS } = readEnvironment({
    HSTS_INCLUDE_SUBDOMAINS: z._default(env.oneOf(["on", "off"]), "off"),
  });
  return securityHeaders({ hstsIncludeSubDomains: HSTS_INCLUDE_SUBDOMAINS === "on" });
};
