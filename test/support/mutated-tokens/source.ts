import { createPublicKey, type KeyObject } from "node:crypto";
import type { AccessKey, RefreshKey } from "../../../shared/keys/key-ring.ts";
import { accessSigner, getPrivateKey, type JsonPart, type Signer, signJws } from "../jws.ts";

/** The source of the mutants: tokens that the verifier accepts, and the keys that signed the tokens. */
export type MutationSource = {
  /** A token that the verifier accepts. */
  readonly accessToken: string;
  readonly accessKey: AccessKey;
  /** A genuine refresh token of the same service. */
  readonly refreshToken: string;
  readonly refreshKey: RefreshKey;
};

/** A token that must be rejected, and the id of the security requirement. */
export type MutatedToken = {
  readonly checklist: "T1" | "T2" | "T3" | "T4" | "T5" | "T6" | "T7" | "T8";
  readonly name: string;
  readonly token: string;
};

/** The parts of a source, for mutations. */
export type Parts = MutationSource & {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The three segments of `accessToken`. */
  readonly segments: readonly [string, string, string];
  /** Signs like the service, so that the signature is not the reason for a rejection. */
  readonly sign: Signer;
  readonly publicKey: KeyObject;
  /** The access token with another header or other claims, and a valid signature. */
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

/** Returns `value` without the member `name`. */
export const without = (value: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));

/**
 * Writes `value` as JSON with the literal text `raw` for the member `name`. `raw` may be text that `JSON.stringify` cannot write. A name
 * inside `raw` creates a duplicate name.
 */
export const withRaw = (value: Readonly<Record<string, unknown>>, name: string, raw: string): string => {
  const placeholder = "\u0000placeholder";
  return JSON.stringify({ ...value, [name]: placeholder }).replace(JSON.stringify(placeholder), () => raw);
};
