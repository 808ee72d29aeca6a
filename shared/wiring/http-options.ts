import * as z from "zod/mini";
import { SWITCH } from "../contract/modes.ts";
import { securityHeaders } from "../contract/security-headers.ts";
import type { HttpOptions } from "../http/http-options.ts";
import { env, readEnvironment } from "./environment.ts";

/**
 * Reads the options of every function behind a route: `ALLOWED_ORIGINS` and `HSTS_INCLUDE_SUBDOMAINS`. If the second variable
 * is not set, HSTS is without `includeSubDomains`.
 * @throws Error that names each variable that is missing or malformed
 */
export const httpOptionsFromEnvironment = (): HttpOptions => {
  const { ALLOWED_ORIGINS, HSTS_INCLUDE_SUBDOMAINS } = readEnvironment({
    ALLOWED_ORIGINS: env.list,
    HSTS_INCLUDE_SUBDOMAINS: z._default(env.oneOf(SWITCH), "off"),
  });
  return {
    allowedOrigins: ALLOWED_ORIGINS,
    securityHeaders: securityHeaders({ hstsIncludeSubDomains: HSTS_INCLUDE_SUBDOMAINS === "on" }),
  };
};
