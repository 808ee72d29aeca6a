import type { PublicJwk } from "../../shared/keys/public-keys.ts";

/**
 * Makes the metadata document (RFC 8414 2, OpenID Connect Discovery 1.0 3). A verifier that knows only the issuer finds the
 * keys with it (K5).
 *
 * Latchkey is no OAuth authorization server, so the document names no authorization endpoint and no token endpoint. Some
 * members are there only because discovery requires them of every provider and some libraries check for them.
 */
export const createMetadata = (issuer: string, scopes: readonly string[], keys: readonly PublicJwk[]) => ({
  issuer,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  scopes_supported: [...scopes],
  response_types_supported: [],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: [...new Set(keys.map(({ alg }) => alg))],
});
