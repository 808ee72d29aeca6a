import { SIGNING_ALGORITHMS } from "../../shared/contract/signing-algorithms.ts";
import { randomIds } from "../../shared/ids.ts";
import { keyGenerator } from "../../shared/keys/generate-keys.ts";
import { assertRingStaysSmall } from "../../shared/keys/key-policy.ts";
import { keyStores } from "../../shared/keys/rotate-keys.ts";
import { systemClock } from "../../shared/time.ts";
import { createDocumentClient, createSecretsClient } from "../../shared/wiring/aws-clients.ts";
import { env, readEnvironment } from "../../shared/wiring/environment.ts";
import { createRotateKeys } from "./handler.ts";

const environment = readEnvironment({
  KEYS_TABLE: env.text,
  KEY_RING_SECRET_ID: env.text,
  SIGNING_ALGORITHM: env.oneOf(SIGNING_ALGORITHMS),
  ROTATION_PERIOD_SECONDS: env.seconds,
  VERIFIER_CACHE_SECONDS: env.seconds,
  ACCESS_TOKEN_SECONDS: env.seconds,
  REFRESH_TOKEN_SECONDS: env.seconds,
  ABSOLUTE_SESSION_SECONDS: env.seconds,
  CLOCK_TOLERANCE_SECONDS: env.seconds,
  METRICS_NAMESPACE: env.text,
});

const settings = {
  algorithm: environment.SIGNING_ALGORITHM,
  rotationPeriodSeconds: environment.ROTATION_PERIOD_SECONDS,
  verifierCacheSeconds: environment.VERIFIER_CACHE_SECONDS,
  accessTokenSeconds: environment.ACCESS_TOKEN_SECONDS,
  refreshTokenSeconds: environment.REFRESH_TOKEN_SECONDS,
  absoluteSessionSeconds: environment.ABSOLUTE_SESSION_SECONDS,
  clockToleranceSeconds: environment.CLOCK_TOLERANCE_SECONDS,
};
assertRingStaysSmall(settings);

export const handler = createRotateKeys({
  stores: keyStores({
    secrets: createSecretsClient(),
    secretId: environment.KEY_RING_SECRET_ID,
    dynamodb: createDocumentClient(),
    keysTable: environment.KEYS_TABLE,
  }),
  settings,
  generate: keyGenerator(randomIds),
  clock: systemClock,
  namespace: environment.METRICS_NAMESPACE,
});
