import { createHmac, createPrivateKey, type KeyObject, sign } from "node:crypto";
import type { AccessKey, RefreshKey } from "../../shared/keys/key-ring.ts";

/** Signs tokens with node:crypto alone, because libraries reject such headers and claims. */
export type Signer = (input: string) => Buffer;

/** An object becomes JSON. Text and bytes stay unchanged. */
export type JsonPart = string | Buffer | Readonly<Record<string, unknown>>;

const toBytes = (part: JsonPart): Buffer =>
  Buffer.isBuffer(part) ? part : Buffer.from(typeof part === "string" ? part : JSON.stringify(part));

export const encodePart = (part: JsonPart): string => toBytes(part).toString("base64url");

/** Signs exactly these bytes as a compact JWS (RFC 7515 7.1). */
export const signJws = (header: JsonPart, claims: JsonPart, signer: Signer): string =>
  signSegments(encodePart(header), encodePart(claims), signer);

/** Signs segments that are already encoded, correctly or not. The signature is valid for exactly these segments. */
export const signSegments = (header: string, claims: string, signer: Signer): string =>
  `${header}.${claims}.${signer(`${header}.${claims}`).toString("base64url")}`;

/** The signature function of the service for an access token. */
export const accessSigner = ({ alg, privateJwk }: AccessKey): Signer => signerFor(alg, getPrivateKey({ privateJwk }));

export const refreshSigner = ({ secret }: RefreshKey): Signer => hmacSigner("HS256", Buffer.from(secret, "base64url"));

export const getPrivateKey = ({ privateJwk }: Pick<AccessKey, "privateJwk">): KeyObject =>
  createPrivateKey({ key: { ...privateJwk }, format: "jwk" });

/** RFC 7518 3.2 */
export const hmacSigner =
  (alg: string, secret: Buffer | string): Signer =>
  (input) =>
    createHmac(`sha${alg.slice(-3)}`, secret)
      .update(input)
      .digest();

/** Signs with `key`, whose type must fit `alg` (RFC 7518 3.3 to 3.5, RFC 8037, RFC 8812). */
export const signerFor = (alg: string, key: KeyObject): Signer => {
  const hash = alg.startsWith("Ed") ? null : `sha${/\d{3}/.exec(alg)?.[0] ?? "256"}`;
  switch (alg.slice(0, 2)) {
    case "RS":
      return (input) => sign(hash, Buffer.from(input), key);
    case "PS":
      // 6 is RSA_PKCS1_PSS_PADDING. -1 means a salt as long as the digest (RFC 7518 3.5).
      return (input) => sign(hash, Buffer.from(input), { key, padding: 6, saltLength: -1 });
    case "ES":
      return (input) => sign(hash, Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
    default:
      return (input) => sign(hash, Buffer.from(input), key);
  }
};
