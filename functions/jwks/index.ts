import { systemMoment } from "../../shared/age.ts";
import { publicJwkSource } from "../../shared/keys/key-sources.ts";
import { createDocumentClient } from "../../shared/wiring/aws-clients.ts";
import { env, readEnvironment } from "../../shared/wiring/environment.ts";
import { httpOptionsFromEnvironment } from "../../shared/wiring/http-options.ts";
import { createJwks } from "./handler.ts";

const environment = readEnvironment({ KEYS_TABLE: env.text, ISSUER: env.text, SCOPES: env.list });

const dependencies = {
  publicJwks: publicJwkSource(createDocumentClient(), environment.KEYS_TABLE, systemMoment).get,
  issuer: environment.ISSUER,
  scopes: environment.SCOPES,
};

export const handler = createJwks(dependencies, httpOptionsFromEnvironment());
