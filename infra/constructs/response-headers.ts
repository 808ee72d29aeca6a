import { type SecurityHeaders, securityHeaders } from "../../shared/contract/security-headers.ts";
import type { Settings } from "../settings.ts";

/** The settings of an operator about the headers of responses. */
export type ResponseHeaderSettings = Pick<Settings, "allowedOrigins"> &
  Partial<Pick<Settings, "allowedRequestHeaders" | "hstsIncludeSubDomains">>;

/** The headers of every response that API Gateway or the CDN makes. The functions send the same (H1, H2). */
export const toSecurityHeaders = ({ hstsIncludeSubDomains }: Partial<ResponseHeaderSettings>): SecurityHeaders =>
  securityHeaders({ hstsIncludeSubDomains: hstsIncludeSubDomains === "on" });

/**
 * Quotes header values for API Gateway, which reads a static value between single quotes. Single quotes inside the value stay as
 * they are (`'none'` of the CSP).
 */
export const quoted = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`]));
