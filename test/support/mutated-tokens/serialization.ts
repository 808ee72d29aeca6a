import { encodePart, signSegments } from "../jws.ts";
import type { MutatedToken, Parts } from "./source.ts";

/** The same token in another encoding or serialization. Signed again if the signature covers the change (T5). */
export const wrongSerializations = (parts: Parts): readonly MutatedToken[] =>
  [...whitespace(parts), ...alphabets(parts), ...segmentCounts(parts), ...otherSerializations(parts)].map((mutant) => ({
    checklist: "T5",
    ...mutant,
  }));

type Unnamed = Omit<MutatedToken, "checklist">;

const SPACES = {
  space: " ",
  tab: "\t",
  "line feed": "\n",
  "carriage return": "\r",
  "no-break space": "\u00a0",
  NUL: "\u0000",
};

const whitespace = ({ accessToken, segments: [header, claims, signature], sign }: Parts): readonly Unnamed[] =>
  Object.entries(SPACES).flatMap(([name, space]) => [
    { name: `${name} in front`, token: space + accessToken },
    { name: `${name} behind`, token: accessToken + space },
    { name: `${name} within the header, validly signed`, token: signSegments(split(header, space), claims, sign) },
    { name: `${name} within the claims, validly signed`, token: signSegments(header, split(claims, space), sign) },
    { name: `${name} within the signature`, token: `${header}.${claims}.${split(signature, space)}` },
  ]);

const split = (segment: string, by: string): string => `${segment.slice(0, 8)}${by}${segment.slice(8)}`;

/** Base64url has no padding (RFC 7515 2), and unused bits are zero (RFC 4648 3.5). */
const alphabets = ({ header, claims, sign, segments, accessToken }: Parts): readonly Unnamed[] => {
  // One claim gives the segment both characters in which the alphabets differ. The other claim leaves unused bits.
  const special = encodePart({ ...claims, jti: "\u00fb\u00ff\u00fe~~~???>>>" });
  const [head, , signature] = segments;
  const ragged = ["", "j", "jj"]
    .map((end) => encodePart({ ...claims, jti: `${claims["jti"]}${end}` }))
    .filter((segment) => segment.length % 4 !== 0);
  const headers = [encodePart(header)].filter((segment) => segment.length % 4 !== 0);
  return [
    {
      name: "base64 instead of base64url in the claims, validly signed",
      token: signSegments(head, toBase64(special), sign),
    },
    { name: "base64 instead of base64url in the signature", token: signWithBothCharacters({ header, claims, sign }) },
    ...["=", "=="].flatMap((padding) => [
      {
        name: `"${padding}" behind the header, validly signed`,
        token: signSegments(head + padding, segments[1], sign),
      },
      {
        name: `"${padding}" behind the claims, validly signed`,
        token: signSegments(head, segments[1] + padding, sign),
      },
      { name: `"${padding}" behind the signature`, token: accessToken + padding },
    ]),
    ...headers.map((segment) => ({
      name: "unused bits set in the header, validly signed",
      token: signSegments(withUnusedBits(segment), segments[1], sign),
    })),
    ...ragged.map((segment) => ({
      name: `unused bits set in the claims (${segment.length % 4} characters over), validly signed`,
      token: signSegments(head, withUnusedBits(segment), sign),
    })),
    { name: "unused bits set in the signature", token: `${head}.${segments[1]}.${withUnusedBits(signature)}` },
    {
      name: "a character beyond ASCII in the claims, validly signed",
      token: signSegments(head, `${segments[1]}\u00e9`, sign),
    },
  ];
};

const toBase64 = (segment: string): string => segment.replaceAll("-", "+").replaceAll("_", "/");

/** RSA and ECDSA signatures contain `-` or `_` by chance. Tries claims until a signature contains one. */
const signWithBothCharacters = ({ header, claims, sign }: Pick<Parts, "header" | "claims" | "sign">): string => {
  for (let attempt = 0; ; attempt++) {
    const token = signSegments(encodePart(header), encodePart({ ...claims, jti: `attempt-${attempt}` }), sign);
    const [head, body, signature = ""] = token.split(".");
    if (toBase64(signature) !== signature) return `${head}.${body}.${toBase64(signature)}`;
  }
};

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Sets the lowest unused bit of the last character. A segment without unused bits stays unchanged. */
const withUnusedBits = (segment: string): string =>
  segment.slice(0, -1) + (ALPHABET[ALPHABET.indexOf(segment.slice(-1)) | 1] ?? "");

const segmentCounts = ({ accessToken, segments: [header, claims, signature] }: Parts): readonly Unnamed[] => [
  { name: "nothing", token: "" },
  { name: "two dots", token: ".." },
  { name: "one segment", token: header },
  { name: "two segments", token: `${header}.${claims}` },
  { name: "a dot behind", token: `${accessToken}.` },
  { name: "a dot in front", token: `.${accessToken}` },
  { name: "four segments", token: `${accessToken}.${signature}` },
  { name: "five segments like a JWE (RFC 7516 7.1)", token: `${accessToken}.${claims}.${signature}` },
  { name: "an empty header", token: `.${claims}.${signature}` },
  { name: "an empty payload", token: `${header}..${signature}` },
  { name: "the token twice", token: `${accessToken}${accessToken}` },
  { name: "the token twice with a comma", token: `${accessToken},${accessToken}` },
];

const otherSerializations = ({ accessToken, segments, header, resigned, sign }: Parts): readonly Unnamed[] => {
  const [head, payload, signature] = segments;
  const jwe = { alg: "dir", enc: "A256GCM", typ: "at+jwt", kid: header["kid"] };
  return [
    {
      name: "flattened JSON serialization (RFC 7515 7.2.2)",
      token: JSON.stringify({ protected: head, payload, signature }),
    },
    {
      name: "general JSON serialization (RFC 7515 7.2.1)",
      token: JSON.stringify({ payload, signatures: [{ protected: head, signature }] }),
    },
    {
      name: "JWE, alg dir",
      token: [encodePart(jwe), "", "AAAAAAAAAAAAAAAA", payload, "AAAAAAAAAAAAAAAAAAAAAA"].join("."),
    },
    { name: "a token within a token, validly signed", token: resigned({ claims: accessToken }) },
    { name: "a token as a JSON string, validly signed", token: resigned({ claims: JSON.stringify(accessToken) }) },
    { name: "the token as a JSON string", token: JSON.stringify(accessToken) },
    { name: "the token in base64url once more", token: encodePart(accessToken) },
    {
      name: "detached payload (RFC 7797), validly signed",
      token: signSegments(encodePart({ ...header, b64: false, crit: ["b64"] }), "", sign),
    },
  ];
};
