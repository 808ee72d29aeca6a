import type { SigningAlgorithm } from "../../shared/contract/signing-algorithms.ts";
import type { KeyId } from "../../shared/ids.ts";
import { keyGenerator } from "../../shared/keys/generate-keys.ts";
import type { AccessKey, KeyRing, RefreshKey } from "../../shared/keys/key-ring.ts";
import { type PublicJwk, toPublicJwk } from "../../shared/keys/public-keys.ts";
import { type VerificationKeys, verificationKeys } from "../../shared/keys/verification-keys.ts";
import { NOW } from "./time.ts";

const withId = (kid: string) => keyGenerator({ keyId: () => kid as KeyId });

/** A new key of this id that signs access tokens. */
export const anAccessKey = (alg: SigningAlgorithm = "RS256", kid = `access-${alg}`): AccessKey =>
  withId(kid).accessKey(alg, NOW);

/** A new key of this id that signs refresh tokens. */
export const aRefreshKey = (kid = "refresh"): RefreshKey => withId(kid).refreshKey(NOW);

/** A ring with one signer of each kind, or the ones given. */
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

/** What the JWKS endpoint would serve of these keys. */
export const publicJwks = (...keys: readonly AccessKey[]): PublicJwk[] => keys.map(toPublicJwk);

/** What an authorizer would verify with. */
export const publishedSet = (...keys: readonly AccessKey[]): Promise<VerificationKeys> =>
  verificationKeys(publicJwks(...keys));
