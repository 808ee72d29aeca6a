import { wrongAlgorithms } from "./mutated-tokens/algorithms.ts";
import { wrongClaims } from "./mutated-tokens/claims.ts";
import { hostileJson } from "./mutated-tokens/json.ts";
import { wrongKeys } from "./mutated-tokens/key-hints.ts";
import { otherTokens } from "./mutated-tokens/other-tokens.ts";
import { wrongSerializations } from "./mutated-tokens/serialization.ts";
import { wrongSignatures } from "./mutated-tokens/signatures.ts";
import { type MutatedToken, type MutationSource, toParts } from "./mutated-tokens/source.ts";
import { wrongTypes } from "./mutated-tokens/token-type.ts";

export type { MutatedToken, MutationSource } from "./mutated-tokens/source.ts";

/**
 * Every mutant of a good access token that must be refused (T1 to T8), by whatever verifies: a function in this process, or
 * a service whose key ring the test holds. Most are validly signed, so that only the check they aim at can refuse them.
 */
export const mutatedTokens = (source: MutationSource): readonly MutatedToken[] => {
  const parts = toParts(source);
  return [
    ...wrongTypes(parts),
    ...wrongClaims(parts),
    ...wrongAlgorithms(parts),
    ...wrongSignatures(parts),
    ...wrongKeys(parts),
    ...wrongSerializations(parts),
    ...hostileJson(parts),
    ...otherTokens(parts),
  ];
};

/**
 * Tokens made in the same way as the mutants that must be accepted: where these are refused too, the list shows nothing
 * but that its signatures are bad.
 */
export const acceptableTokens = (source: MutationSource): readonly Omit<MutatedToken, "checklist">[] => {
  const { claims, resigned } = toParts(source);
  const aud = [claims["aud"]].flat();
  const iat = Number(claims["iat"]);
  return [
    { name: "the token, signed again", token: resigned({}) },
    { name: "ours among several audiences", token: resigned({ claims: { ...claims, aud: ["another", ...aud] } }) },
    { name: "an unknown claim", token: resigned({ claims: { ...claims, extra: { a: [1, "two", null] } } }) },
    { name: "nbf in the past", token: resigned({ claims: { ...claims, nbf: iat - 10 } }) },
    { name: "life of exactly 900 s", token: resigned({ claims: { ...claims, exp: iat + 900 } }) },
  ];
};

/** Whether a client can send the token in `Authorization` at all: visible ASCII, and within API Gateway's 10 KB of headers. */
export const fitsInHeader = ({ token }: Pick<MutatedToken, "token">): boolean => /^[\x21-\x7e]{1,9500}$/.test(token);
