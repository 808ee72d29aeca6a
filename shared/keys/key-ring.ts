import * as z from "zod/mini";
import { SIGNING_ALGORITHMS } from "../contract/signing-algorithms.ts";
import { keyIdSchema } from "../ids.ts";
import { type EpochSeconds, epochSecondsSchema } from "../time.ts";
import { encodedBytes, KEY_TYPES, PRIVATE_MEMBERS } from "./key-kinds.ts";

/** The members of the three kinds of key that this service makes. Other members are dropped. */
export const privateJwk = z.union([
  z.object(PRIVATE_MEMBERS.RS256),
  z.object(PRIVATE_MEMBERS.ES256),
  z.object(PRIVATE_MEMBERS.EdDSA),
]);

const accessKey = z
  .object({ kid: keyIdSchema, createdAt: epochSecondsSchema, alg: z.enum(SIGNING_ALGORITHMS), privateJwk })
  .check(z.refine(({ alg, privateJwk: { kty } }) => kty === KEY_TYPES[alg]));
/** RFC 7518 3.2: a key for HS256 has at least 256 bits. */
const refreshKey = z.object({
  kid: keyIdSchema,
  createdAt: epochSecondsSchema,
  alg: z.literal("HS256"),
  secret: encodedBytes(32, 64),
});

/**
 * `next` keys do not sign yet, so that every reader knows them before they sign. The oldest is first. Usually there is one, and
 * several if keys rotate faster than verifiers read them. `current` signs. `previous` keys verify until their last token has
 * expired.
 */
const keySet = <Key extends z.core.$ZodShape>(key: z.ZodMiniObject<Key>) =>
  z.object({
    next: z.array(key),
    current: key,
    previous: z.array(z.extend(key, { retiredAt: epochSecondsSchema })),
  });

const ringSecrets = z.object({
  /** The key of password digests, and of the hashes in CSRF tokens, device tokens, counters and the audit log. */
  rootSecret: z.string().check(z.minLength(32)),
  /** The `config.pepper` of the Devise installation that made the imported digests. */
  devisePepper: z.optional(z.string()),
});
type RingSecrets = Readonly<z.infer<typeof ringSecrets>>;

const keyRing = z.extend(ringSecrets, { access: keySet(accessKey), refresh: keySet(refreshKey) });

/** A private key as a JWK. */
export type PrivateJwk = z.infer<typeof privateJwk>;
/** A key pair that signs access tokens. */
export type AccessKey = z.infer<typeof accessKey>;
/** A secret key that signs refresh tokens. */
export type RefreshKey = z.infer<typeof refreshKey>;

/** The keys of one kind and their states. */
export type KeySet<Key> = {
  readonly next: readonly Key[];
  readonly current: Key;
  readonly previous: readonly (Key & { readonly retiredAt: EpochSeconds })[];
};

/** All secrets of the service. They are stored in Secrets Manager only. */
export type KeyRing = RingSecrets & { readonly access: KeySet<AccessKey>; readonly refresh: KeySet<RefreshKey> };

const emptyKeyRing = z.extend(ringSecrets, { access: z.optional(z.never()) });

/** The content of the secret between the deployment of the stack and the first rotation: the root secret, but no key. */
export type EmptyKeyRing = RingSecrets & { readonly access?: undefined };

/**
 * Parses the text of the secret: a key ring, or the empty ring of a new deployment.
 * @throws Error that shows no value of the secret
 */
export const parseKeyRing = (secret: string): KeyRing | EmptyKeyRing => {
  const value = parseJson(secret);
  const full = keyRing.safeParse(value);
  if (full.success) return full.data;
  const empty = emptyKeyRing.safeParse(value);
  if (empty.success) return empty.data;
  // Only the paths of the issues, because the error must not show a value.
  const paths = full.error.issues.map((issue) => issue.path.join(".") || "(root)").join(", ");
  throw new Error(`The key ring is malformed at: ${paths}`);
};

/** Whether the ring has no keys yet. */
export const isEmptyKeyRing = (ring: KeyRing | EmptyKeyRing): ring is EmptyKeyRing => ring.access === undefined;

/** Lists every access key of the ring: `current`, then `next`, then `previous`. */
export const accessKeys = (ring: KeyRing): readonly AccessKey[] => listSetKeys(ring.access);

/** Finds a key of any use and state by its id. */
export const findKey = (ring: KeyRing, kid: string): AccessKey | RefreshKey | undefined =>
  accessKeys(ring).find((key) => key.kid === kid) ?? findRefreshKey(ring, kid);

/** Finds a refresh key of any state by its id. */
export const findRefreshKey = (ring: KeyRing, kid: string): RefreshKey | undefined =>
  listSetKeys(ring.refresh).find((key) => key.kid === kid);

const listSetKeys = <Key>({ current, next, previous }: KeySet<Key>): readonly Key[] => [current, ...next, ...previous];

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // The SyntaxError would quote the text, which is the secret.
    throw new Error("The key ring is not JSON");
  }
};
