import { type MutatedToken, type Parts, without, withRaw } from "./source.ts";

/** The claims of RFC 9068 2.2, and `sid scope roles auth_time cv` of this service. */
const REQUIRED = ["iss", "aud", "exp", "iat", "sub", "jti", "client_id"] as const;
const OURS = ["sid", "scope", "roles", "auth_time", "cv"] as const;

/** Valid signatures, but claims that are missing, of the wrong type, for another audience or of another time (T2, T6). */
export const wrongClaims = (parts: Parts): readonly MutatedToken[] => [
  ...[...REQUIRED, ...OURS].map((name) => ({
    checklist: "T2" as const,
    name: `${name} missing`,
    token: parts.resigned({ claims: without(parts.claims, name) }),
  })),
  ...[...issuersAndAudiences(parts), ...lifetimes(parts)].map((mutant) => ({ checklist: "T2" as const, ...mutant })),
  ...[...times(parts), ...subjects(parts), ...otherTypes(parts)].map((mutant) => ({
    checklist: "T6" as const,
    ...mutant,
  })),
];

type Unnamed = Omit<MutatedToken, "checklist">;

const withClaim = ({ claims, resigned }: Parts, name: string, value: unknown): Unnamed => ({
  name: `${name} ${shown(value)}`,
  token: resigned({ claims: { ...claims, [name]: value } }),
});

const shown = (value: unknown): string => {
  const json = JSON.stringify(value);
  return json.length > 80 ? `${json.slice(0, 40)}… (${json.length} characters)` : json;
};

const issuersAndAudiences = (parts: Parts): readonly Unnamed[] => {
  const iss = String(parts.claims["iss"]);
  const aud = String([parts.claims["aud"]].flat()[0]);
  const issuers = [
    `${iss}/`,
    iss.slice(0, -1),
    `${iss}.attacker.example`,
    iss.toUpperCase(),
    ` ${iss}`,
    `${iss}\u0000`,
    `${iss}#`,
    "https://attacker.example",
    "",
    null,
    7,
    [iss],
    { iss },
  ];
  const audiences = [
    `${aud}/`,
    aud.slice(0, -1),
    `${aud}2`,
    aud.toUpperCase(),
    `${aud} another`,
    `another,${aud}`,
    "another",
    "",
    "*",
    null,
    7,
    true,
    [],
    ["another"],
    [[aud]],
    [aud, 7],
    [null],
    [`${aud}/`, `another ${aud}`],
    { aud },
    { 0: aud, length: 1 },
  ];
  return [
    ...issuers.map((value) => withClaim(parts, "iss", value)),
    ...audiences.map((value) => withClaim(parts, "aud", value)),
  ];
};

const lifetimes = (parts: Parts): readonly Unnamed[] => {
  const { claims, resigned } = parts;
  const iat = Number(claims["iat"]);
  const life = (seconds: number) => ({
    name: `life of ${seconds} s`,
    token: resigned({ claims: { ...claims, exp: iat + seconds } }),
  });
  return [life(901), life(3600), life(10 * 365 * 86_400)];
};

const DAY = 86_400;

/** Numbers that JSON allows and `JSON.stringify` cannot write. */
const RAW_NUMBERS = ["1e999", "-1e999", "1e3", "1E10", "9007199254740993", "1.0", "-0", "0x7fffffff"];

const times = (parts: Parts): readonly Unnamed[] => {
  const { claims, resigned } = parts;
  const [iat, exp] = [Number(claims["iat"]), Number(claims["exp"])];
  const wrong = (name: string, time: number): readonly Unnamed[] =>
    [String(time), time + 0.5, time - 0.5, null, true, [time], { time }, "never", "", 2 ** 53, 1e21, 1.7e308].map(
      (value) => withClaim(parts, name, value),
    );
  const raw = (name: string): readonly Unnamed[] =>
    RAW_NUMBERS.map((number) => ({
      name: `${name} ${number}`,
      token: resigned({ claims: withRaw(claims, name, number) }),
    }));
  return [
    ...wrong("exp", exp),
    ...wrong("iat", iat),
    ...wrong("nbf", iat),
    ...["exp", "iat", "nbf"].flatMap(raw),
    withClaim(parts, "exp", -1),
    withClaim(parts, "exp", 0),
    withClaim(parts, "iat", -1),
    withClaim(parts, "exp", exp * 1000),
    { name: "exp a day ago", token: resigned({ claims: { ...claims, iat: iat - DAY, exp: exp - DAY } }) },
    { name: "nbf in a day", token: resigned({ claims: { ...claims, nbf: iat + DAY } }) },
    { name: "iat in a day", token: resigned({ claims: { ...claims, iat: iat + DAY, exp: iat + DAY + 900 } }) },
    { name: "iat in two minutes", token: resigned({ claims: { ...claims, iat: iat + 120, exp: iat + 600 } }) },
    withClaim(parts, "auth_time", new Date(iat * 1000).toISOString()),
    withClaim(parts, "auth_time", iat + 0.5),
  ];
};

const subjects = (parts: Parts): readonly Unnamed[] =>
  ["sub", "sid", "jti"].flatMap((name) =>
    [{}, { id: 1 }, "", 7, 0, null, true, false, [], [String(parts.claims[name])], "x".repeat(129)].map((value) =>
      withClaim(parts, name, value),
    ),
  );

const otherTypes = (parts: Parts): readonly Unnamed[] => [
  ...[null, 7, {}, ["latchkey"]].map((value) => withClaim(parts, "client_id", value)),
  ...[null, 7, {}, ["account"]].map((value) => withClaim(parts, "scope", value)),
  ...[null, 7, {}, true, ["x"]].map((value) => withClaim(parts, "csrf", value)),
  ...[null, "1", 1.5, {}, true, [1]].map((value) => withClaim(parts, "cv", value)),
  ...[null, "admin", { admin: true }, [7], [["admin"]], [null]].map((value) => withClaim(parts, "roles", value)),
];
