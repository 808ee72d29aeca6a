import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { systemMoment } from "../age.ts";
import type { Audit } from "../audit/audit.ts";
import { keyRingReader } from "../keys/key-sources.ts";
import type { TokenRecognition } from "../sessions/identify-session.ts";
import { createSessionStore, type SessionStore } from "../sessions/session-store.ts";
import { systemClock } from "../time.ts";
import { auditFromEnvironment } from "./audit.ts";
import { createDocumentClient, createSecretsClient } from "./aws-clients.ts";
import { env, readEnvironment } from "./environment.ts";

/** The dependencies of a function that accepts tokens of the service. */
export type TokenRecognizer = TokenRecognition & {
  readonly sessions: SessionStore;
  readonly audit: Audit;
  readonly allowedOrigins: readonly string[];
};

/**
 * Creates the dependencies of a function that accepts tokens, once in each execution environment.
 * @throws Error that names the missing or malformed variables
 */
export const tokenRecognizerFromEnvironment = (
  client: DynamoDBDocumentClient = createDocumentClient(),
): TokenRecognizer => {
  const environment = readEnvironment({
    SESSIONS_TABLE: env.text,
    KEY_RING_SECRET_ID: env.text,
    ISSUER: env.text,
    AUDIENCES: env.list,
    CLOCK_TOLERANCE_SECONDS: env.seconds,
    FEED_SHARDS: env.count,
    ALLOWED_ORIGINS: env.list,
  });
  return {
    sessions: createSessionStore(client, environment.SESSIONS_TABLE, environment.FEED_SHARDS),
    keyRing: keyRingReader(createSecretsClient(), environment.KEY_RING_SECRET_ID, systemMoment),
    clock: systemClock,
    audit: auditFromEnvironment(),
    verifier: {
      issuer: environment.ISSUER,
      audiences: environment.AUDIENCES,
      clockToleranceSeconds: environment.CLOCK_TOLERANCE_SECONDS,
    },
    allowedOrigins: environment.ALLOWED_ORIGINS,
  };
};
