import { createHmac, createPrivateKey, type KeyObject, sign } from "node:crypto";
import type { AccessKey, RefreshKey } from "../../shared/keys/key-ring.ts";

/** Signs tokens that no decent library would: by node:crypto alone, whatever header and claims say. */
export type Signer = (input: string) => Buffer;

/** An object becomes JSON; text and bytes are taken as they are. */
export type JsonPart = string | Buffer | Readonly<Record<string, unknown>>;

const toBytes = (part: JsonPart): Buffer =>
  Buffer.isBuffer(part) ? part : Buffer.from(typeof part === "string" ? part : JSON.stringify(part));

export const encodePart = (part: JsonPart): string => toBytes(part).toString("base64url");

/** A compact JWS over exactly these bytes (RFC 7515 7.1). */
export const signJws = (header: JsonPart, claims: JsonPart, signer: Signer): string =>
  signSegments(encodePart(header), encodePart(claims), signer);

/** The same over segments that are encoded already, rightly or not: the signature is good for them as they stand. */
export const signSegments = (header: string, claims: string, signer: Signer): string =>
  `${header}.${claims}.${signer(`${header}.${claims}`).toString("base64url")}`;

/** What the service itself would sign an access token with. */
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

/** RFC 7518 3.3 to 3.5, RFC 8037, RFC 8812: the signature of `alg` by `key`, which must be of the kind that it needs. */
export const signerFor = (alg: string, key: KeyObject): Signer => {
  const hash = alg.startsWith("Ed") ? null : `sha${/\d{3}/.exec(alg)?.[0] ?? "256"}`;
  switch (alg.slice(0, 2)) {
    case "RS":
      return (input) => sign(hash, Buffer.from(input), key);
    case "PS":
      // 6 is RSA_PKCS1_PSS_PADDING, -1 a salt as long as the digest (RFC 7518 3.5).
      return (input) => sign(hash, Buffer.from(input), { key, padding: 6, saltLength: -1 });
    case "ES":
      return (input) => sign(hash, Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
    default:
      return (input) => sign(hash, Buffer.from(input), key);
  }
};
