import type { PublicJwk } from "../../shared/keys/public-keys.ts";

/**
 * The metadata document (RFC 8414 2, OpenID Connect Discovery 1.0 3), from which a verifier that knows only the issuer
 * finds the keys (K5). This is no OAuth authorization server: there is no authorization endpoint, and the endpoints named
 * are the service's own JSON routes. Members that discovery requires of every provider are there for the libraries that
 * insist on them.
 */
export const createMetadata = (issuer: string, scopes: readonly string[], keys: readonly PublicJwk[]) => ({
  issuer,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  scopes_supported: [...scopes],
  response_types_supported: [],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: [...new Set(keys.map(({ alg }) => alg))],
});
