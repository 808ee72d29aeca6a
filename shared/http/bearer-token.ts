import type { RequestHeaders } from "./header-values.ts";

/**
 * Reads the token of a Bearer credential (RFC 6750 2.1): one `Authorization` header, the scheme in any case, one token (A5).
 * Returns `undefined` for any other `Authorization`, and if the header is repeated.
 */
export const readBearerToken = (headers: RequestHeaders): string | undefined => {
  if (headers.isRepeated("authorization")) return undefined;
  return /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(headers.single("authorization") ?? "")?.[1];
};
