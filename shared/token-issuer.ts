import { createAudit } from "./audit/audit.ts";
import { createDocumentClient, createSecretsClient } from "./aws.ts";
import { env, readEnvironment } from "./environment.ts";
import { randomIds } from "./ids.ts";
import { keyRingSource } from "./keys/key-sources.ts";
import type { LoginDependencies } from "./sessions/log-in.ts";
import { createSessionStore } from "./sessions/session-store.ts";
import { systemClock } from "./time.ts";
import { createUserStore } from "./users/user-store.ts";

/** What every function that issues tokens is built from, once per instance. @throws Error naming what the environment lacks */
export const tokenIssuerFromEnvironment = (): LoginDependencies & { readonly allowedOrigins: readonly string[] } => {
  const environment = readEnvironment({
    USERS_TABLE: env.text,
    SESSIONS_TABLE: env.text,
    KEY_RING_SECRET_ID: env.text,
    ISSUER: env.text,
    AUDIENCES: env.list,
    CLIENT_ID: env.text,
    SCOPES: env.list,
    ACCESS_TOKEN_SECONDS: env.seconds,
    REFRESH_TOKEN_SECONDS: env.seconds,
    ABSOLUTE_SESSION_SECONDS: env.seconds,
    COOKIE_IDLE_SECONDS: env.seconds,
    REPLAY_WINDOW_SECONDS: env.seconds,
    FEED_SHARDS: env.count,
    ALLOWED_ORIGINS: env.list,
  });
  const client = createDocumentClient();
  return {
    sessions: createSessionStore(client, environment.SESSIONS_TABLE, environment.FEED_SHARDS),
    users: createUserStore(client, environment.USERS_TABLE),
    keyRing: keyRingSource(createSecretsClient(), environment.KEY_RING_SECRET_ID, systemClock).get,
    clock: systemClock,
    ids: randomIds,
    audit: createAudit(systemClock),
    tokens: {
      issuer: environment.ISSUER,
      audiences: environment.AUDIENCES,
      clientId: environment.CLIENT_ID,
      scopes: environment.SCOPES,
      accessTokenSeconds: environment.ACCESS_TOKEN_SECONDS,
    },
    settings: {
      refreshTokenSeconds: environment.REFRESH_TOKEN_SECONDS,
      cookieIdleSeconds: environment.COOKIE_IDLE_SECONDS,
      absoluteSessionSeconds: environment.ABSOLUTE_SESSION_SECONDS,
      replayWindowSeconds: environment.REPLAY_WINDOW_SECONDS,
    },
    allowedOrigins: environment.ALLOWED_ORIGINS,
  };
};
