import type { RequestHeaders } from "./header-values.ts";

/**
 * The token of a Bearer credential (RFC 6750 2.1): one header, the scheme in any case, one token (A5). Undefined for any
 * other `Authorization`, and for a repeated one.
 */
export const readBearerToken = (headers: RequestHeaders): string | undefined => {
  if (headers.isRepeated("authorization")) return undefined;
  return /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(headers.single("authorization") ?? "")?.[1];
};
