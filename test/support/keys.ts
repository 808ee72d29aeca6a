import type { SigningAlgorithm } from "../../shared/contract/signing-algorithms.ts";
import type { KeyId } from "../../shared/ids.ts";
import { keyGenerator } from "../../shared/keys/generate-keys.ts";
import type { AccessKey, KeyRing, RefreshKey } from "../../shared/keys/key-ring.ts";
import { type PublicJwk, toPublicJwk } from "../../shared/keys/public-keys.ts";
import { type VerificationKeys, verificationKeys } from "../../shared/keys/verification-keys.ts";
import { NOW } from "./time.ts";

const withId = (kid: string) => keyGenerator({ keyId: () => kid as KeyId });

/** Creates a key with this id that signs access tokens. */
export const anAccessKey = (alg: SigningAlgorithm = "RS256", kid = `access-${alg}`): AccessKey =>
  withId(kid).accessKey(alg, NOW);

/** Creates a key with this id that signs refresh tokens. */
export const aRefreshKey = (kid = "refresh"): RefreshKey => withId(kid).refreshKey(NOW);

/** Creates a ring with the given keys, or with one new signing key of each kind. */
export const aKeyRing = ({
  access = anAccessKey(),
  refresh = aRefreshKey(),
}: {
  readonly access?: AccessKey;
  readonly refresh?: RefreshKey;
} = {}): KeyRing => ({
  rootSecret: "p".repeat(64),
  access: { current: access, next: [], previous: [] },
  refresh: { current: refresh, next: [], previous: [] },
});

/** The public keys as the JWKS endpoint serves them. */
export const publicJwks = (...keys: readonly AccessKey[]): PublicJwk[] => keys.map(toPublicJwk);

/** The keys as an authorizer reads them. */
export const publishedSet = (...keys: readonly AccessKey[]): Promise<VerificationKeys> =>
  verificationKeys(publicJwks(...keys));
