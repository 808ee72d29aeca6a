import * as z from "zod/mini";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import type { HttpOptions } from "../../shared/http/http-options.ts";
import type { PublicJwk } from "../../shared/keys/public-keys.ts";
import { createMetadata } from "./metadata.ts";

/** What the two documents need besides the HTTP options. */
export type JwksRouteDependencies = {
  /** Reads the published keys, usually from memory. */
  readonly publicJwks: () => Promise<readonly PublicJwk[]>;
  readonly issuer: string;
  readonly scopes: readonly string[];
};

/** Five minutes. A key is published for two hours before it signs, so a cached document always has the key of a new token. */
const CACHEABLE = { "Cache-Control": "public, max-age=300" };

/** GET /.well-known/jwks.json (RFC 7517 5) and GET /.well-known/openid-configuration (OpenID Connect Discovery 1.0 4). */
export const createJwks = ({ publicJwks, issuer, scopes }: JwksRouteDependencies, options: HttpOptions): HttpHandler =>
  httpHandler(
    z.unknown(),
    async ({ path }) => {
      const keys = await publicJwks();
      const body = path.endsWith("/jwks.json") ? { keys } : createMetadata(issuer, scopes, keys);
      return { status: 200, body, headers: CACHEABLE };
    },
    options,
  );
