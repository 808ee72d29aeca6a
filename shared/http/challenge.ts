import { ERRORS, type ErrorCode } from "../contract/errors.ts";

/**
 * The value of `WWW-Authenticate` for an error; undefined for an error that needs none.
 *
 * Every 401 has a challenge (RFC 9110 15.5.2). `error` says what is wrong with the access token that came, and is not there
 * where none came (RFC 6750 3.1). `Bearer` is the one scheme of this service, so it also stands in the 401 of login and
 * refresh, whose credentials belong to no scheme; and unlike `Basic` it makes no browser open a window.
 *
 * A 403 has a challenge only where an access token with more scope would be let in. For `csrf_failed` there is none: the
 * credential was good.
 *
 * @param credentialSent whether an access token came with the request, be it a bad one
 */
export const getChallenge = (code: ErrorCode, credentialSent: boolean): string | undefined => {
  switch (code) {
    case "insufficient_scope":
      return 'Bearer error="insufficient_scope"';
    case "invalid_token":
      return credentialSent ? 'Bearer error="invalid_token"' : "Bearer";
    default:
      return ERRORS[code].status === 401 ? "Bearer" : undefined;
  }
};
