import * as z from "zod/mini";
import { SIGNING_ALGORITHMS } from "../contract/signing-algorithms.ts";
import type { KeyId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import { encodedBytes, KEY_TYPES, PRIVATE_MEMBERS } from "./key-kinds.ts";

export const keyId = z.pipe(
  z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  z.transform((text) => text as KeyId),
);
export const time = z.pipe(
  z.int(),
  z.transform((seconds) => seconds as EpochSeconds),
);

/** The members of the three kinds of key that this service makes. Other members are dropped. */
export const privateJwk = z.union([
  z.object(PRIVATE_MEMBERS.RS256),
  z.object(PRIVATE_MEMBERS.ES256),
  z.object(PRIVATE_MEMBERS.EdDSA),
]);

const accessKey = z
  .object({ kid: keyId, createdAt: time, alg: z.enum(SIGNING_ALGORITHMS), privateJwk })
  .check(z.refine(({ alg, privateJwk: { kty } }) => kty === KEY_TYPES[alg]));
/** RFC 7518 3.2: a key for HS256 has at least 256 bits. */
const refreshKey = z.object({ kid: keyId, createdAt: time, alg: z.literal("HS256"), secret: encodedBytes(32, 64) });

/**
 * `next`, the oldest first, become known to every reader before they sign: one as a rule, several where keys rotate faster
 * than verifiers forget. `current` signs. `previous` still verify until their last token ends.
 */
const keySet = <Key extends z.core.$ZodShape>(key: z.ZodMiniObject<Key>) =>
  z.object({
    next: z.array(key),
    current: key,
    previous: z.array(z.extend(key, { retiredAt: time })),
  });

const ringSecrets = z.object({
  /** Keyed into every password digest (`shared/passwords`). */
  rootSecret: z.string().check(z.minLength(32)),
  /** The `config.pepper` of the Devise that imported digests come from. */
  devisePepper: z.optional(z.string()),
});
type RingSecrets = Readonly<z.infer<typeof ringSecrets>>;

const keyRing = z.extend(ringSecrets, { access: keySet(accessKey), refresh: keySet(refreshKey) });

export type PrivateJwk = z.infer<typeof privateJwk>;
export type AccessKey = z.infer<typeof accessKey>;
export type RefreshKey = z.infer<typeof refreshKey>;

/** The keys of one kind and their states. */
export type KeySet<Key> = {
  readonly next: readonly Key[];
  readonly current: Key;
  readonly previous: readonly (Key & { readonly retiredAt: EpochSeconds })[];
};

/** All that this service must keep secret. It lives in Secrets Manager and nowhere else. */
export type KeyRing = RingSecrets & { readonly access: KeySet<AccessKey>; readonly refresh: KeySet<RefreshKey> };

/** What the secret holds between the deployment of the stack and the first rotation: the pepper alone. */
const emptyKeyRing = z.extend(ringSecrets, { access: z.optional(z.never()) });
export type EmptyKeyRing = RingSecrets & { readonly access?: undefined };

/**
 * Takes the secret's text as a key ring, or as the empty ring of a fresh deployment.
 * @throws Error that names no value of the secret
 */
export const parseKeyRing = (secret: string): KeyRing | EmptyKeyRing => {
  const value = parseJson(secret);
  const full = keyRing.safeParse(value);
  if (full.success) return full.data;
  const empty = emptyKeyRing.safeParse(value);
  if (empty.success) return empty.data;
  // The issues carry paths but no values.
  const paths = full.error.issues.map((issue) => issue.path.join(".") || "(root)").join(", ");
  throw new Error(`The key ring is malformed at: ${paths}`);
};

export const isEmptyKeyRing = (ring: KeyRing | EmptyKeyRing): ring is EmptyKeyRing => ring.access === undefined;

/** Every access key that may have signed a token still alive, or is about to sign. */
export const accessKeys = (ring: KeyRing): readonly AccessKey[] => listKeysOf(ring.access);

/** The key of this id, whatever its use and state. */
export const findKey = (ring: KeyRing, kid: string): AccessKey | RefreshKey | undefined =>
  accessKeys(ring).find((key) => key.kid === kid) ?? findRefreshKey(ring, kid);

/** The refresh key of this id, whatever its state. */
export const findRefreshKey = (ring: KeyRing, kid: string): RefreshKey | undefined =>
  listKeysOf(ring.refresh).find((key) => key.kid === kid);

const listKeysOf = <Key>({ current, next, previous }: KeySet<Key>): readonly Key[] => [current, ...next, ...previous];

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // The SyntaxError quotes the text, and the text is the secret.
    throw new Error("The key ring is not JSON");
  }
};
