import { createPublicKey, type KeyObject } from "node:crypto";
import type { AccessKey, RefreshKey } from "../../../shared/keys/key-ring.ts";
import { accessSigner, getPrivateKey, type JsonPart, type Signer, signJws } from "../jws.ts";

/** What mutants are made from: tokens that the verifier under test accepts, and the keys that signed them. */
export type MutationSource = {
  /** Accepted as it is. */
  readonly accessToken: string;
  readonly accessKey: AccessKey;
  /** A genuine refresh token of the same service. */
  readonly refreshToken: string;
  readonly refreshKey: RefreshKey;
};

/** A token that must be refused, and the item of the security bar that says so. */
export type MutatedToken = {
  readonly checklist: "T1" | "T2" | "T3" | "T4" | "T5" | "T6" | "T7" | "T8";
  readonly name: string;
  readonly token: string;
};

/** A source taken apart, for those who mutate it. */
export type Parts = MutationSource & {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The three segments of `accessToken`. */
  readonly segments: readonly [string, string, string];
  /** Signs as the service does: what it signs is refused for another reason than its signature. */
  readonly sign: Signer;
  readonly publicKey: KeyObject;
  /** The access token with another header or other claims, validly signed. */
  readonly resigned: (changes: { readonly header?: JsonPart; readonly claims?: JsonPart }) => string;
};

export const toParts = (source: MutationSource): Parts => {
  const [header = "", claims = "", signature = ""] = source.accessToken.split(".");
  const decoded = { header: decode(header), claims: decode(claims) };
  const sign = accessSigner(source.accessKey);
  return {
    ...source,
    ...decoded,
    segments: [header, claims, signature],
    sign,
    publicKey: createPublicKey(getPrivateKey(source.accessKey)),
    resigned: (changes) => signJws(changes.header ?? decoded.header, changes.claims ?? decoded.claims, sign),
  };
};

const decode = (segment: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(segment, "base64url").toString("utf8"));

/** `value` without the member `name`. */
export const without = (value: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));

/**
 * JSON of `value` in which the member `name` reads literally `raw`, which `JSON.stringify` may be unable to write. Raw text
 * with a name of its own inside makes duplicates.
 */
export const withRaw = (value: Readonly<Record<string, unknown>>, name: string, raw: string): string => {
  const placeholder = "\u0000placeholder";
  return JSON.stringify({ ...value, [name]: placeholder }).replace(JSON.stringify(placeholder), () => raw);
};
