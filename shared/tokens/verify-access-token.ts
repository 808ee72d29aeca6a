import * as z from "zod/mini";
import { sessionIdSchema, tokenIdSchema, userIdSchema } from "../ids.ts";
import type { VerificationKey } from "../keys/verification-keys.ts";
import { type EpochSeconds, epochSecondsSchema } from "../time.ts";
import { ACCESS_TOKEN_TYPE, type AccessTokenClaims, MAX_ACCESS_TOKEN_SECONDS } from "./access-token.ts";
import { parseCompactJws } from "./compact-jws.ts";
import { verifySignature } from "./verify-signature.ts";

/** The claims that a verifier requires. */
export type VerifierSettings = {
  readonly issuer: string;
  /** A token is accepted if its `aud` names one of these. */
  readonly audiences: readonly string[];
  /** How many seconds after its `exp` a token is still accepted, and before its `nbf`. */
  readonly clockToleranceSeconds: number;
};

/** Why an access token is rejected. For the log of this service: the client only learns `invalid_token`. */
export type AccessTokenRejection =
  | "malformed"
  | "wrong_type"
  | "unknown_key"
  | "wrong_algorithm"
  | "bad_signature"
  | "malformed_claims"
  | "wrong_issuer"
  | "wrong_audience"
  | "expired"
  | "not_yet_valid"
  | "lives_too_long";

/** The result of a verification. `kid` names the key that signed the token. */
export type AccessTokenVerdict =
  | { readonly valid: true; readonly claims: AccessTokenClaims; readonly kid: string }
  | { readonly valid: false; readonly reason: AccessTokenRejection };

/** How many seconds a token's `iat` may be ahead of the clock of this service (T6). */
const MAX_CLOCK_SKEW_SECONDS = 60;

const claimsSchema = z.object({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  sub: userIdSchema,
  sid: sessionIdSchema,
  jti: tokenIdSchema,
  iat: epochSecondsSchema,
  exp: epochSecondsSchema,
  nbf: z.optional(epochSecondsSchema),
  client_id: z.string(),
  scope: z.string(),
  roles: z.array(z.string()),
  auth_time: epochSecondsSchema,
  cv: z.int(),
  csrf: z.optional(z.string()),
});

/**
 * Verifies an access token of this service (RFC 9068 4, RFC 8725 3) at the time `now`. The algorithm is always that of the key that
 * `findKey` returns for the `kid`. The token cannot choose the algorithm (T3). Whether the session was revoked is not checked here.
 *
 * @throws what `findKey` throws. A token that is not valid never throws
 * @example const verdict = await verifyAccessToken(token, async (kid) => keys.get(kid), settings, systemClock())
 */
export const verifyAccessToken = async (
  token: unknown,
  findKey: (kid: string) => Promise<VerificationKey | undefined>,
  settings: VerifierSettings,
  now: EpochSeconds,
): Promise<AccessTokenVerdict> => {
  const jws = parseCompactJws(token);
  if (jws === undefined || typeof token !== "string") return reject("malformed");
  if (jws.header.typ !== ACCESS_TOKEN_TYPE) return reject("wrong_type");

  // Checks the claims before the key is looked up. Most rejected tokens have expired, and the key of an expired token may be gone.
  const parsed = claimsSchema.safeParse(jws.claims);
  if (!parsed.success) return reject("malformed_claims");
  const rejection = findClaimsRejection(parsed.data, settings, now);
  if (rejection !== undefined) return reject(rejection);

  const key = await findKey(jws.header.kid);
  if (key === undefined) return reject("unknown_key");
  if (jws.header.alg !== key.alg) return reject("wrong_algorithm");
  if (!verifySignature(token, key)) return reject("bad_signature");
  const { nbf, ...claims } = parsed.data;
  return { valid: true, kid: jws.header.kid, claims };
};

type Claims = z.infer<typeof claimsSchema>;

const findClaimsRejection = (
  claims: Claims,
  settings: VerifierSettings,
  now: EpochSeconds,
): AccessTokenRejection | undefined => {
  const tolerance = settings.clockToleranceSeconds;
  const audiences = typeof claims.aud === "string" ? [claims.aud] : claims.aud;
  if (claims.iss !== settings.issuer) return "wrong_issuer";
  if (!audiences.some((audience) => settings.audiences.includes(audience))) return "wrong_audience";
  if (now >= claims.exp + tolerance) return "expired";
  if (claims.nbf !== undefined && now < claims.nbf - tolerance) return "not_yet_valid";
  if (claims.iat > now + MAX_CLOCK_SKEW_SECONDS) return "not_yet_valid";
  if (claims.exp - claims.iat > MAX_ACCESS_TOKEN_SECONDS) return "lives_too_long";
  return undefined;
};

const reject = (reason: AccessTokenRejection): AccessTokenVerdict => ({ valid: false, reason });
