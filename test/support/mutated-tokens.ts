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
 * Lists the mutants of a valid access token that every verifier must reject (T1 to T8). The verifier is a function in this process, or a
 * service whose key ring the test has. Most mutants have a valid signature, so that only the check under test can reject them.
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
 * Tokens that are made like the mutants but must be accepted. If a verifier rejects these tokens too, the signatures of the mutants are
 * wrong and the mutants show nothing.
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

/** Whether a client can send the token in `Authorization`: visible ASCII, within the 10 KB of headers of API Gateway. */
export const fitsInHeader = ({ token }: Pick<MutatedToken, "token">): boolean => /^[\x21-\x7e]{1,9500}$/.test(token);
