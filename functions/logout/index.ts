import { createAudit } from "../../shared/audit/audit.ts";
import { createDocumentClient, createSecretsClient } from "../../shared/aws.ts";
import { env, readEnvironment } from "../../shared/environment.ts";
import { keyRingSource } from "../../shared/keys/key-sources.ts";
import { createSessionStore } from "../../shared/sessions/session-store.ts";
import { systemClock } from "../../shared/time.ts";
import { createLogout } from "./handler.ts";

const environment = readEnvironment({
  SESSIONS_TABLE: env.text,
  KEY_RING_SECRET_ID: env.text,
  ISSUER: env.text,
  AUDIENCES: env.list,
  CLOCK_TOLERANCE_SECONDS: env.seconds,
  FEED_SHARDS: env.count,
  ALLOWED_ORIGINS: env.list,
});

export const handler = createLogout(
  {
    sessions: createSessionStore(createDocumentClient(), environment.SESSIONS_TABLE, environment.FEED_SHARDS),
    keyRing: keyRingSource(createSecretsClient(), environment.KEY_RING_SECRET_ID, systemClock).get,
    clock: systemClock,
    audit: createAudit(systemClock),
    verifier: {
      issuer: environment.ISSUER,
      audiences: environment.AUDIENCES,
      clockToleranceSeconds: environment.CLOCK_TOLERANCE_SECONDS,
    },
  },
  environment.ALLOWED_ORIGINS,
);
