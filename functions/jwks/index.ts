import { systemMoment } from "../../shared/age.ts";
import { publicJwkSource } from "../../shared/keys/key-sources.ts";
import { createDocumentClient } from "../../shared/wiring/aws-clients.ts";
import { env, readEnvironment } from "../../shared/wiring/environment.ts";
import { createJwks } from "./handler.ts";

const environment = readEnvironment({
  KEYS_TABLE: env.text,
  ISSUER: env.text,
  SCOPES: env.list,
  ALLOWED_ORIGINS: env.list,
});

export const handler = createJwks({
  publicJwks: publicJwkSource(createDocumentClient(), environment.KEYS_TABLE, systemMoment).get,
  issuer: environment.ISSUER,
  scopes: environment.SCOPES,
  allowedOrigins: environment.ALLOWED_ORIGINS,
});
