/**
 * The algorithms that can sign access tokens (RFC 7518 3.1, RFC 8037 3.1). One of them is in use; a change is a key rotation.
 * Every verifier accepts RS256, API Gateway's own included.
 */
export const SIGNING_ALGORITHMS = ["RS256", "ES256", "EdDSA"] as const;

/** The name of an algorithm as `alg` of a token and of a key has it. */
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];
