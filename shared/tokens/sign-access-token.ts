import { type CryptoKey, SignJWT } from "jose";
import type { TokenId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import { ACCESS_TOKEN_TYPE, type AccessTokenSettings, type AccessTokenSubject } from "./access-token.ts";

export type SigningKey = { readonly kid: string; readonly alg: string; readonly key: CryptoKey };

/** Signs an access token for `subject`, alive from `issuedAt` until `expiresAt` (RFC 9068 2). */
export const signAccessToken = (
  subject: AccessTokenSubject,
  token: { readonly jti: TokenId; readonly issuedAt: EpochSeconds; readonly expiresAt: EpochSeconds },
  { kid, alg, key }: SigningKey,
  settings: AccessTokenSettings,
): Promise<string> => {
  const [audience, ...others] = settings.audiences;
  return new SignJWT({
    iss: settings.issuer,
    // One audience is a string: some verifiers of the wild read no array.
    aud: others.length === 0 && audience !== undefined ? audience : [...settings.audiences],
    sub: subject.userId,
    sid: subject.sessionId,
    jti: token.jti,
    iat: token.issuedAt,
    exp: token.expiresAt,
    client_id: settings.clientId,
    scope: settings.scopes.join(" "),
    roles: [...subject.roles],
    auth_time: subject.authenticatedAt,
    cv: subject.credentialVersion,
    ...(subject.csrfHash === undefined ? {} : { csrf: subject.csrfHash }),
  })
    .setProtectedHeader({ alg, typ: ACCESS_TOKEN_TYPE, kid })
    .sign(key);
};
