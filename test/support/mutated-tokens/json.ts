import { encodePart, signSegments } from "../jws.ts";
import { type MutatedToken, type Parts, withRaw } from "./source.ts";

/** Valid signatures over JSON that parsers read differently or that crashes a parser (T7). */
export const hostileJson = (parts: Parts): readonly MutatedToken[] =>
  [
    ...extensions(parts),
    ...duplicates(parts),
    ...encodings(parts),
    ...shapes(parts),
    ...sizes(parts),
    ...prototypes(parts),
  ].map((mutant) => ({ checklist: "T7", ...mutant }));

type Unnamed = Omit<MutatedToken, "checklist">;

/** A verifier must reject critical headers that it does not understand. This service understands none (RFC 7515 4.1.11, RFC 7797). */
const extensions = ({ header, claims, resigned, sign }: Parts): readonly Unnamed[] => [
  ...[["exp"], [], ["b64"], ["alg"], "exp", null, {}, ["https://example.com/extension"]].map((crit) => ({
    name: `crit ${JSON.stringify(crit)}`,
    token: resigned({ header: { ...header, crit } }),
  })),
  ...[true, false, "false", null].map((b64) => ({
    name: `b64 ${JSON.stringify(b64)}`,
    token: resigned({ header: { ...header, b64 } }),
  })),
  { name: "b64 true and critical", token: resigned({ header: { ...header, crit: ["b64"], b64: true } }) },
  {
    name: "b64 false and critical over the encoded payload",
    token: resigned({ header: { ...header, crit: ["b64"], b64: false } }),
  },
  {
    name: "b64 false and critical over the plain payload",
    token: signSegments(encodePart({ ...header, crit: ["b64"], b64: false }), JSON.stringify(claims), sign),
  },
  ...[{ zip: "DEF" }, { cty: "JWT" }, { enc: "A256GCM" }, { nonce: "n" }].map((extra) => ({
    name: `${Object.keys(extra)[0]} in the header`,
    token: resigned({ header: { ...header, ...extra } }),
  })),
];

/** Parsers take the first, the last or both of two equal names, so the token has two meanings. */
const duplicates = ({ header, claims, resigned }: Parts): readonly Unnamed[] => [
  ...Object.entries(header).flatMap(([name, value]) => {
    const [ours, other] = [JSON.stringify(value), JSON.stringify(name === "alg" ? "none" : "other")];
    return [
      {
        name: `${name} twice in the header, ours last`,
        token: resigned({ header: withRaw(header, name, `${other},"${name}":${ours}`) }),
      },
      {
        name: `${name} twice in the header, ours first`,
        token: resigned({ header: withRaw(header, name, `${ours},"${name}":${other}`) }),
      },
      {
        name: `${name} twice in the header, alike`,
        token: resigned({ header: withRaw(header, name, `${ours},"${name}":${ours}`) }),
      },
    ];
  }),
  ...Object.entries(claims).flatMap(([name, value]) => {
    const [ours, other] = [JSON.stringify(value), typeof value === "number" ? "1" : '"other"'];
    const escaped = `\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}`;
    return [
      {
        name: `${name} twice in the claims, ours last`,
        token: resigned({ claims: withRaw(claims, name, `${other},"${name}":${ours}`) }),
      },
      {
        name: `${name} twice in the claims, ours first`,
        token: resigned({ claims: withRaw(claims, name, `${ours},"${name}":${other}`) }),
      },
      {
        name: `${name} twice in the claims, once escaped`,
        token: resigned({ claims: withRaw(claims, name, `${ours},"${escaped}":${other}`) }),
      },
    ];
  }),
  {
    name: "a name twice within a claim",
    token: resigned({ claims: withRaw(claims, "extra", '{"a":1,"a":2}') }),
  },
];

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

const encodings = ({ header, claims, resigned }: Parts): readonly Unnamed[] => {
  const [headerJson, claimsJson] = [JSON.stringify(header), JSON.stringify(claims)];
  const withBytes = (bytes: readonly number[]): Buffer =>
    Buffer.concat([Buffer.from(`${claimsJson.slice(0, -1)},"extra":"`), Buffer.from(bytes), Buffer.from('"}')]);
  return [
    { name: "BOM in front of the header", token: resigned({ header: Buffer.concat([BOM, Buffer.from(headerJson)]) }) },
    { name: "BOM in front of the claims", token: resigned({ claims: Buffer.concat([BOM, Buffer.from(claimsJson)]) }) },
    { name: "claims in UTF-16", token: resigned({ claims: Buffer.from(claimsJson, "utf16le") }) },
    { name: "invalid UTF-8 in a claim", token: resigned({ claims: withBytes([0xff, 0xfe]) }) },
    { name: "a cut-off UTF-8 sequence in a claim", token: resigned({ claims: withBytes([0xe2, 0x82]) }) },
    { name: "an overlong UTF-8 sequence in a claim", token: resigned({ claims: withBytes([0xc0, 0xaf]) }) },
    { name: "a surrogate in UTF-8 in a claim", token: resigned({ claims: withBytes([0xed, 0xa0, 0x80]) }) },
    { name: "a raw NUL in a claim", token: resigned({ claims: withBytes([0]) }) },
    {
      name: "invalid UTF-8 in front of the claims",
      token: resigned({ claims: Buffer.concat([Buffer.from([0xff]), Buffer.from(claimsJson)]) }),
    },
    { name: "white space in the header", token: resigned({ header: ` ${headerJson}` }) },
    { name: "white space in the claims", token: resigned({ claims: `${claimsJson}\n` }) },
    { name: "a comment in the claims", token: resigned({ claims: `/**/${claimsJson}` }) },
    { name: "a comma too many in the claims", token: resigned({ claims: `${claimsJson.slice(0, -1)},}` }) },
    { name: "a second object behind the claims", token: resigned({ claims: `${claimsJson}{}` }) },
    { name: "a NUL behind the claims", token: resigned({ claims: `${claimsJson}\u0000` }) },
    { name: "claims in single quotes", token: resigned({ claims: claimsJson.replaceAll('"', "'") }) },
    { name: "claims cut off", token: resigned({ claims: claimsJson.slice(0, -1) }) },
  ];
};

const shapes = ({ header, claims, resigned }: Parts): readonly Unnamed[] =>
  ["null", "true", "7", '""', '"text"', "[]", "{}", "NaN", "undefined", " "]
    .flatMap((json) => [
      { name: `header ${json}`, token: resigned({ header: json }) },
      { name: `claims ${json}`, token: resigned({ claims: json }) },
    ])
    .concat([
      { name: "header in an array", token: resigned({ header: `[${JSON.stringify(header)}]` }) },
      { name: "claims in an array", token: resigned({ claims: `[${JSON.stringify(claims)}]` }) },
    ]);

const nested = (levels: number, [open, close]: readonly [string, string]): string =>
  open.repeat(levels) + (open === "[" ? "" : "1") + close.repeat(levels);

const sizes = ({ header, claims, resigned }: Parts): readonly Unnamed[] => [
  ...[8 * 1024, 64 * 1024, 1024 * 1024].map((length) => ({
    name: `a claim of ${length} bytes`,
    token: resigned({ claims: { ...claims, extra: "x".repeat(length) } }),
  })),
  { name: "a header of over 8 KB", token: resigned({ header: { ...header, extra: "x".repeat(8 * 1024) } }) },
  ...[5_000, 100_000].flatMap((levels) => [
    { name: `claims ${levels} arrays deep`, token: resigned({ claims: nested(levels, ["[", "]"]) }) },
    {
      name: `a claim ${levels} arrays deep`,
      token: resigned({ claims: withRaw(claims, "extra", nested(levels, ["[", "]"])) }),
    },
    {
      name: `a claim ${levels} objects deep`,
      token: resigned({ claims: withRaw(claims, "extra", nested(levels, ['{"a":', "}"])) }),
    },
    {
      name: `sub ${levels} arrays deep`,
      token: resigned({ claims: withRaw(claims, "sub", nested(levels, ["[", "]"])) }),
    },
    {
      name: `a header member ${levels} arrays deep`,
      token: resigned({ header: withRaw(header, "extra", nested(levels, ["[", "]"])) }),
    },
  ]),
];

/** `JSON.parse` creates own properties with these names. A copy by assignment would change the prototype. */
const prototypes = ({ header, claims, resigned }: Parts): readonly Unnamed[] => {
  const { sub, ...others } = claims;
  const inherited = JSON.stringify({ sub });
  return [
    {
      name: "sub by way of __proto__",
      token: resigned({ claims: withRaw(others, "x", `1,"__proto__":${inherited}`) }),
    },
    { name: "all claims by way of __proto__", token: resigned({ claims: `{"__proto__":${JSON.stringify(claims)}}` }) },
    { name: "header by way of __proto__", token: resigned({ header: `{"__proto__":${JSON.stringify(header)}}` }) },
    {
      name: "__proto__ beside the header's members",
      token: resigned({ header: withRaw(header, "x", '1,"__proto__":{"typ":"x"}') }),
    },
  ];
};
