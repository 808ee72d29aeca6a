import * as z from "zod/mini";
import { sessionIdSchema, tokenIdSchema, userIdSchema } from "../ids.ts";
import type { VerificationKey } from "../keys/verification-keys.ts";
import { type EpochSeconds, epochSecondsSchema } from "../time.ts";
import { ACCESS_TOKEN_TYPE, type AccessTokenClaims, MAX_ACCESS_TOKEN_SECONDS } from "./access-token.ts";
import { parseCompactJws } from "./compact-jws.ts";
import { verifySignature } from "./verify-signature.ts";

export type VerifierSettings = {
  readonly issuer: string;
  /** A token is accepted when its `aud` names one of these. */
  readonly audiences: readonly string[];
  readonly clockToleranceSeconds: number;
};

/** Why a token is refused. For our own log: the client only learns `invalid_token`. */
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

export type AccessTokenVerdict =
  | { readonly valid: true; readonly claims: AccessTokenClaims; readonly kid: string }
  | { readonly valid: false; readonly reason: AccessTokenRejection };

/** How far a token's `iat` may lie ahead of our clock (T6). */
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
 * Verifies an access token of ours (RFC 9068 4, RFC 8725 3) at the time `now`. `findKey` gives the key of a `kid`; the
 * algorithm is the key's, never the token's choice (T3). It does not know whether the session was revoked.
 *
 * Never throws for a bad token; what `findKey` throws passes through.
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

  // Before the key, because an expired token is the common refusal and must not make anyone look for its old key.
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
