import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { toPublicJwk } from "../../../shared/keys/public-keys.ts";
import { getPrivateKey, hmacSigner, type Signer, signerFor, signJws } from "../jws.ts";
import { type MutatedToken, type Parts, without } from "./source.ts";

const NONES = ["none", "None", "NONE", "nOnE", "NoNe", "none ", " none", "none\u0000", "n\u043ene", ""] as const;

const FAMILIES = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519"],
] as const;

/** The token chooses the algorithm, or another key signs under the `kid` of the service (T3). */
export const wrongAlgorithms = (parts: Parts): readonly MutatedToken[] =>
  [...unsecured(parts), ...publicKeyAsSecret(parts), ...otherFamilies(parts), ...malformedAlgorithms(parts)].map(
    (mutant) => ({ checklist: "T3", ...mutant }),
  );

type Unnamed = Omit<MutatedToken, "checklist">;

const unsecured = ({ header, claims, segments, sign }: Parts): readonly Unnamed[] =>
  NONES.flatMap((alg) => {
    const signed = signJws({ ...header, alg }, claims, sign);
    const [head = "", body = ""] = signed.split(".");
    return [
      { name: `alg ${JSON.stringify(alg)} with an empty signature`, token: `${head}.${body}.` },
      { name: `alg ${JSON.stringify(alg)} without a third segment`, token: `${head}.${body}` },
      { name: `alg ${JSON.stringify(alg)} with the genuine signature`, token: `${head}.${body}.${segments[2]}` },
      { name: `alg ${JSON.stringify(alg)}, validly signed`, token: signed },
    ];
  });

/** Algorithm confusion: a verifier that reads `alg` from the token uses the public key as an HMAC secret. */
const publicKeyAsSecret = ({ header, claims, publicKey, accessKey }: Parts): readonly Unnamed[] => {
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const jwk = toPublicJwk(accessKey);
  const { kid: _kid, use: _use, alg: _alg, ...bare } = jwk;
  const secrets: Readonly<Record<string, string | Buffer>> = {
    "the public key as PEM": pem,
    "the public key as PEM without its last line break": pem.trimEnd(),
    "the public key as DER": publicKey.export({ type: "spki", format: "der" }),
    "the public key as JWK": JSON.stringify(jwk),
    "the public key as a bare JWK": JSON.stringify(bare),
    "the public key as JWKS": JSON.stringify({ keys: [jwk] }),
    "the first member of the public key": Buffer.from("n" in jwk ? jwk.n : jwk.x, "base64url"),
    "an empty secret": "",
    ...(publicKey.asymmetricKeyType === "rsa"
      ? { "the public key as PKCS #1": publicKey.export({ type: "pkcs1", format: "pem" }) }
      : {}),
  };
  return Object.entries(secrets).flatMap(([name, secret]) =>
    ["HS256", "HS384", "HS512"].map((alg) => ({
      name: `${alg} keyed with ${name}`,
      token: signJws({ ...header, alg }, claims, hmacSigner(alg, secret)),
    })),
  );
};

/** The service's own key under another algorithm if its type fits, otherwise a foreign key. */
const otherFamilies = (parts: Parts): readonly Unnamed[] => {
  const { header, claims, accessKey } = parts;
  return FAMILIES.filter((alg) => alg !== accessKey.alg).flatMap((alg) => {
    const signer = signerOfFamily(alg, parts);
    const named = { name: `alg ${alg}, signed as ${alg}`, token: signJws({ ...header, alg }, claims, signer) };
    // Ed25519 is another name of EdDSA, so the signature is the same (RFC 9864).
    if (accessKey.alg === "EdDSA" && alg === "Ed25519") return [named];
    return [named, { name: `alg as ours, signed as ${alg}`, token: signJws(header, claims, signer) }];
  });
};

const malformedAlgorithms = ({ header, resigned, accessKey }: Parts): readonly Unnamed[] => [
  { name: "alg missing", token: resigned({ header: without(header, "alg") }) },
  ...[null, 256, [accessKey.alg], { name: accessKey.alg }, accessKey.alg.toLowerCase(), `${accessKey.alg} `].map(
    (alg) => ({ name: `alg ${JSON.stringify(alg)}, validly signed`, token: resigned({ header: { ...header, alg } }) }),
  ),
];

const CURVES = { ES256: "P-256", ES384: "P-384", ES512: "P-521", ES256K: "secp256k1" } as const;
const foreignKeys = new Map<string, KeyObject>();

/** One key of each kind for the whole process, because the generation of an RSA key is slow. */
export const foreignKeyFor = (alg: string): KeyObject => {
  const kind = /^(RS|PS)/.test(alg) ? "rsa" : alg.startsWith("Ed") ? "ed25519" : alg;
  const known = foreignKeys.get(kind) ?? generateForeignKey(kind);
  foreignKeys.set(kind, known);
  return known;
};

const generateForeignKey = (kind: string): KeyObject => {
  if (kind === "rsa") return generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  if (kind === "ed25519") return generateKeyPairSync("ed25519").privateKey;
  return generateKeyPairSync("ec", { namedCurve: CURVES[kind as keyof typeof CURVES] }).privateKey;
};

const signerOfFamily = (alg: (typeof FAMILIES)[number], { accessKey }: Parts): Signer => {
  const isRsa = /^[RP]S/.test(alg);
  const isEd = alg.startsWith("Ed");
  const fitsOurs = (isRsa && accessKey.alg === "RS256") || (isEd && accessKey.alg === "EdDSA");
  return signerFor(alg, fitsOurs ? getPrivateKey(accessKey) : foreignKeyFor(alg));
};
