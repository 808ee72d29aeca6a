import { readBearerToken } from "../../shared/http/bearer-token.ts";
import { readCookies } from "../../shared/http/cookies.ts";
import { passesCsrfCheck } from "../../shared/http/csrf.ts";
import type { TrustedOrigins } from "../../shared/http/trusted-origins.ts";
import type { Credential } from "../../shared/sessions/authorize.ts";
import type { AuthorizerRequest } from "./event.ts";

/**
 * Reads the credential of a request. If the request has `Authorization`, also a malformed one, the cookies are ignored. So
 * `Authorization` cannot be used to skip the CSRF check of a session in cookies (C4).
 */
export const readCredential = (request: AuthorizerRequest, trustedOrigins: TrustedOrigins): Credential =>
  request.headers.has("authorization")
    ? { transport: "bearer", token: readBearerToken(request.headers) }
    : {
        transport: "cookie",
        token: readCookies(request.cookies).access,
        passesCsrfCheck: (csrfHash) => passesCsrfCheck(request, csrfHash, trustedOrigins),
      };

/** Whether the request has a credential, also a malformed one (RFC 6750 3.1). */
export const isCredentialSent = ({ transport, token }: Credential): boolean =>
  transport === "bearer" || token !== undefined;
