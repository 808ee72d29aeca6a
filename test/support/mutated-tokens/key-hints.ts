import { createPublicKey } from "node:crypto";
import { hmacSigner, signerFor, signJws } from "../jws.ts";
import { foreignKeyFor } from "./algorithms.ts";
import { type MutatedToken, type Parts, without } from "./source.ts";

/** The token names the key for its own verification (T4). */
export const wrongKeys = (parts: Parts): readonly MutatedToken[] =>
  [...keyIds(parts), ...keysInHeader(parts)].map((mutant) => ({ checklist: "T4", ...mutant }));

type Unnamed = Omit<MutatedToken, "checklist">;

const keyIds = ({ header, claims, accessKey, refreshKey, resigned }: Parts): readonly Unnamed[] => {
  const { kid } = accessKey;
  const ids: Readonly<Record<string, unknown>> = {
    "kid unknown": "there-is-no-such-key",
    "kid of the refresh key": refreshKey.kid,
    "kid empty": "",
    "kid of 6000 characters": "k".repeat(6000),
    "kid an object": { kid },
    "kid an array": [kid],
    "kid a number": 7,
    "kid null": null,
    "kid true": true,
    "kid with a space behind": `${kid} `,
    "kid with a NUL behind": `${kid}\u0000`,
    "kid in another case": kid === kid.toUpperCase() ? kid.toLowerCase() : kid.toUpperCase(),
    "kid a path": "../../../../../../dev/null",
    "kid an absolute path": "/proc/self/environ",
    "kid a URL": "https://attacker.example/key.pem",
    "kid a query": "x' UNION SELECT 'secret' --",
    "kid a command": "x|/usr/bin/id",
    "kid __proto__": "__proto__",
    "kid constructor": "constructor",
    "kid hasOwnProperty": "hasOwnProperty",
  };
  const empty = hmacSigner("HS256", "");
  return [
    { name: "kid missing", token: resigned({ header: without(header, "kid") }) },
    ...Object.entries(ids).map(([name, id]) => ({ name, token: resigned({ header: { ...header, kid: id } }) })),
    {
      name: "kid a path to an empty file, HS256 keyed with it",
      token: signJws({ ...header, alg: "HS256", kid: "../../../../../../dev/null" }, claims, empty),
    },
  ];
};

/** Signed by a foreign key in the header, and by the service's own key. A verifier must reject the header in both cases. */
const keysInHeader = ({ header, claims, accessKey, resigned }: Parts): readonly Unnamed[] => {
  const foreignKey = foreignKeyFor(accessKey.alg);
  const jwk = createPublicKey(foreignKey).export({ format: "jwk" });
  const der = createPublicKey(foreignKey).export({ type: "spki", format: "der" }).toString("base64");
  const hints: Readonly<Record<string, Record<string, unknown>>> = {
    jwk: { jwk },
    "jwk with our kid": { jwk: { ...jwk, kid: accessKey.kid, alg: accessKey.alg } },
    jku: { jku: "http://127.0.0.1:9/jwks.json" },
    "jku on our own name": { jku: "https://auth.example.com@attacker.example/.well-known/jwks.json" },
    x5u: { x5u: "http://127.0.0.1:9/cert.pem" },
    x5c: { x5c: [der] },
    x5t: { x5t: "dGh1bWJwcmludA" },
    "x5t#S256": { "x5t#S256": "dGh1bWJwcmludA" },
  };
  const sign = signerFor(accessKey.alg, foreignKey);
  return Object.entries(hints).flatMap(([name, hint]) => [
    { name: `${name} in the header, signed by a foreign key`, token: signJws({ ...header, ...hint }, claims, sign) },
    { name: `${name} in the header, validly signed`, token: resigned({ header: { ...header, ...hint } }) },
  ]);
};
