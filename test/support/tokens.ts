import type { SessionId, TokenId, UserId } from "../../shared/ids.ts";
import type { AccessKey } from "../../shared/keys/key-ring.ts";
import { signingKey } from "../../shared/keys/signing-key.ts";
import { addSeconds, type EpochSeconds } from "../../shared/time.ts";
import type { AccessTokenSettings, AccessTokenSubject } from "../../shared/tokens/access-token.ts";
import type { RefreshTokenClaims } from "../../shared/tokens/refresh-token.ts";
import { signAccessToken } from "../../shared/tokens/sign-access-token.ts";
import type { VerifierSettings } from "../../shared/tokens/verify-access-token.ts";
import { aKeyRing } from "./keys.ts";
import { NOW } from "./time.ts";

export const tokenSettings: AccessTokenSettings = {
  issuer: "https://auth.example.com/prod",
  audiences: ["latchkey"],
  clientId: "latchkey",
  scopes: ["account"],
  accessTokenSeconds: 900,
};

export const verifierSettings: VerifierSettings = {
  issuer: tokenSettings.issuer,
  audiences: tokenSettings.audiences,
  clockToleranceSeconds: 5,
};

export const aSubject = (changes: Partial<AccessTokenSubject> = {}): AccessTokenSubject => ({
  userId: "dXNlci0wMDAwMDAwMDAwMDA" as UserId,
  sessionId: "c2Vzc2lvbi0wMDAwMDAwMDA" as SessionId,
  roles: ["member"],
  authenticatedAt: addSeconds(NOW, -60),
  credentialVersion: 1,
  ...changes,
});

type TokenOptions = {
  readonly issuedAt?: EpochSeconds;
  readonly lifeSeconds?: number;
  readonly jti?: string;
  readonly subject?: Partial<AccessTokenSubject>;
  readonly settings?: Partial<AccessTokenSettings>;
};

/** Signs an access token like the service. */
export const anAccessToken = async (
  key: AccessKey,
  { issuedAt = NOW, lifeSeconds = 900, jti = "dG9rZW4tMDAwMDAwMDAwMDA", subject, settings }: TokenOptions = {},
): Promise<string> =>
  signAccessToken(
    aSubject(subject),
    { jti: jti as TokenId, issuedAt, expiresAt: addSeconds(issuedAt, lifeSeconds) },
    await signingKey(aKeyRing({ access: key })),
    { ...tokenSettings, ...settings },
  );

export const refreshClaims = (changes: Partial<RefreshTokenClaims> = {}): RefreshTokenClaims => ({
  sub: aSubject().userId,
  sid: aSubject().sessionId,
  jti: "cmVmcmVzaC0wMDAwMDAwMDA" as TokenId,
  gen: 0,
  iat: NOW,
  exp: addSeconds(NOW, 604_800),
  ...changes,
});
