/**
 * The names in the context of an authorizer's denial that API Gateway copies into its response and into the access log
 * (docs/decisions/0024). `$context.authorizer.error` is API Gateway's own name.
 */
export const DENIAL_CONTEXT = {
  /** The error code. */
  code: "denial",
  /** The description of the error. */
  description: "denial_description",
  /** The value of `WWW-Authenticate` (RFC 6750 3). */
  challenge: "challenge",
  /** The value of `Access-Control-Allow-Origin`. */
  allowOrigin: "allow_origin",
  /** The value of `Access-Control-Allow-Credentials`. */
  allowCredentials: "allow_credentials",
} as const;
