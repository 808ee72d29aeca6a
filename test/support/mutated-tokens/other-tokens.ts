import { randomBytes } from "node:crypto";
import { hmacSigner, refreshSigner, signJws } from "../jws.ts";
import type { MutatedToken, Parts } from "./source.ts";

/** Genuine tokens of this service in the place of an access token (T8). */
export const otherTokens = (parts: Parts): readonly MutatedToken[] => {
  const { accessKey, claims, header, refreshKey, refreshToken, resigned } = parts;
  const [refreshHead = "", refreshClaims = ""] = refreshToken.split(".");
  const asRefresh = { alg: refreshKey.alg, typ: "rt+jwt", kid: refreshKey.kid };
  const signAsRefresh = refreshSigner(refreshKey);
  const decoded = Buffer.from(refreshClaims, "base64url").toString();
  return [
    { name: "a refresh token", token: refreshToken },
    { name: "what has the form of a CSRF token", token: randomBytes(32).toString("base64url") },
    {
      name: "a refresh token that says at+jwt",
      token: signJws({ ...asRefresh, typ: "at+jwt" }, decoded, signAsRefresh),
    },
    { name: "the claims of a refresh token, signed as an access token", token: resigned({ claims: decoded }) },
    {
      name: "access claims signed with the refresh key",
      token: signJws({ ...asRefresh, typ: "at+jwt" }, claims, signAsRefresh),
    },
    {
      name: "access claims signed with the refresh key under the kid of the access key",
      token: signJws({ ...header, alg: "HS256" }, claims, signAsRefresh),
    },
    {
      name: "access claims signed with the text of the refresh secret",
      token: signJws({ ...asRefresh, typ: "at+jwt" }, claims, hmacSigner("HS256", refreshKey.secret)),
    },
    {
      name: "the header of a refresh token before access claims",
      token: resigned({ header: Buffer.from(refreshHead, "base64url") }),
    },
    { name: "access claims signed as a refresh token", token: signJws(asRefresh, claims, signAsRefresh) },
    {
      name: "an access token that says rt+jwt",
      token: resigned({ header: { ...header, typ: "rt+jwt", kid: accessKey.kid } }),
    },
  ].map((mutant) => ({ checklist: "T8", ...mutant }));
};
