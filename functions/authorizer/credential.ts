import { bearerToken } from "../../shared/http/bearer-token.ts";
import { readSessionCookies } from "../../shared/http/cookies.ts";
import { hasValidCsrfToken } from "../../shared/http/csrf.ts";
import { isTrustedOrigin, type TrustedOrigins } from "../../shared/http/trusted-origins.ts";
import type { Credential } from "../../shared/sessions/authorize.ts";
import type { AccessTokenClaims } from "../../shared/tokens/access-token.ts";
import type { AuthorizerRequest } from "./event.ts";

/** With `Authorization` there, be it junk, cookies are not looked at: it cannot be used to get past the CSRF checks (C4). */
export const readCredential = ({ header, cookies }: AuthorizerRequest): Credential => {
  const authorization = header("authorization");
  return authorization.length > 0
    ? { transport: "bearer", token: bearerToken(authorization) }
    : { transport: "cookie", token: readSessionCookies(cookies).access };
};

/** Whether a credential came with the request, be it junk (RFC 6750 3.1). */
export const wasSent = ({ transport, token }: Credential): boolean => transport === "bearer" || token !== undefined;

/**
 * Whether the request is the caller's own will and not another site's doing. Nobody's browser adds a bearer token by
 * itself; cookies it does, so there an unsafe call must prove it (C3). A socket cannot be opened with a header of ours,
 * but browsers always say which page opens it, and whoever opens it reads along: it needs an origin of ours.
 */
export const passesCsrfCheck = (
  request: AuthorizerRequest,
  { csrf }: AccessTokenClaims,
  site: TrustedOrigins,
): boolean => {
  if (csrf === undefined) return true;
  switch (request.call) {
    case "safe":
      return true;
    case "unsafe":
      return hasValidCsrfToken(request.header, csrf, site);
    case "connect":
      return request.header("origin").length > 0 && isTrustedOrigin(request.header, site);
  }
};
