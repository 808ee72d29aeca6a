import { ERRORS, type ErrorCode } from "../contract/errors.ts";

/**
 * The value of `WWW-Authenticate` for an error. Returns `undefined` for an error without a challenge.
 *
 * Every 401 has a challenge (RFC 9110 15.5.2). The attribute `error` describes the access token of the request, so a request
 * without an access token gets the challenge without `error` (RFC 6750 3.1). The 401 of login and refresh has the challenge
 * `Bearer` too: their credentials belong to no scheme, and `Basic` would make browsers open a window.
 *
 * A 403 has a challenge only if an access token with more scope would help. `csrf_failed` has none, because its credential is
 * valid.
 *
 * @param credentialSent whether the request has an access token, also an invalid one
 */
export const toChallenge = (code: ErrorCode, credentialSent: boolean): string | undefined => {
  switch (code) {
    case "insufficient_scope":
      return 'Bearer error="insufficient_scope"';
    case "invalid_token":
      return credentialSent ? 'Bearer error="invalid_token"' : "Bearer";
    default:
      return ERRORS[code].status === 401 ? "Bearer" : undefined;
  }
};
