import * as z from "zod/mini";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import type { PublicJwk } from "../../shared/keys/public-keys.ts";
import { createMetadata } from "./metadata.ts";

export type JwksDependencies = {
  readonly publicJwks: () => Promise<readonly PublicJwk[]>;
  readonly issuer: string;
  readonly scopes: readonly string[];
  readonly allowedOrigins: readonly string[];
};

/** Well under the two hours for which a key is published before it signs. */
const CACHEABLE = { "Cache-Control": "public, max-age=300" };

/** GET /.well-known/jwks.json (RFC 7517 5) and GET /.well-known/openid-configuration (OpenID Connect Discovery 1.0 4) */
export const createJwks = ({ publicJwks, issuer, scopes, allowedOrigins }: JwksDependencies): HttpHandler =>
  httpHandler(
    z.unknown(),
    async ({ path }) => {
      const keys = await publicJwks();
      const body = path.endsWith("/jwks.json") ? { keys } : createMetadata(issuer, scopes, keys);
      return { status: 200, body, headers: CACHEABLE };
    },
    { allowedOrigins },
  );
