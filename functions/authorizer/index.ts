import * as z from "zod/mini";
import { ageSeconds, type Moment, systemMoment } from "../../shared/age.ts";
import { FEED_FALLBACKS, REVOCATION_MODES } from "../../shared/contract/modes.ts";
import { verificationKeySource } from "../../shared/keys/key-sources.ts";
import { createAuthorizerMetrics } from "../../shared/metrics/authorizer-metrics.ts";
import { lookup, type RevocationCheck, stateless } from "../../shared/sessions/authorize.ts";
import { revocationFeed } from "../../shared/sessions/revocation-feed.ts";
import { createSessionStore } from "../../shared/sessions/session-store.ts";
import { systemClock } from "../../shared/time.ts";
import { cachedVerifier } from "../../shared/tokens/cached-verifier.ts";
import { createDocumentClient } from "../../shared/wiring/aws-clients.ts";
import { env, readEnvironment } from "../../shared/wiring/environment.ts";
import { createAuthorizer } from "./handler.ts";
import { metered } from "./metered.ts";

const environment = readEnvironment({
  ISSUER: env.text,
  AUDIENCES: env.list,
  KEYS_TABLE: env.text,
  CLOCK_TOLERANCE_SECONDS: env.seconds,
  REQUIRED_SCOPES: env.list,
  ALLOWED_ORIGINS: env.list,
  METRICS_NAMESPACE: env.text,
  OWN_API_ID: z.optional(env.text),
});

const client = createDocumentClient();

let feedReadAt: Moment | undefined;
const metrics = createAuthorizerMetrics({
  namespace: environment.METRICS_NAMESPACE,
  clock: systemClock,
  moment: systemMoment,
  feedAgeSeconds: () => (feedReadAt === undefined ? undefined : ageSeconds(feedReadAt, systemMoment())),
});

/** Checks whether a valid token was revoked, in the mode of this authorizer. */
const revocationCheck = (): RevocationCheck => {
  const { REVOCATION_MODE } = readEnvironment({ REVOCATION_MODE: env.oneOf(REVOCATION_MODES) });
  if (REVOCATION_MODE === "stateless") return stateless;
  const { SESSIONS_TABLE, FEED_SHARDS } = readEnvironment({ SESSIONS_TABLE: env.text, FEED_SHARDS: env.count });
  if (REVOCATION_MODE === "lookup") return lookup(createSessionStore(client, SESSIONS_TABLE, FEED_SHARDS), systemClock);
  const feed = readEnvironment({
    MAX_FEED_STALENESS_SECONDS: env.seconds,
    FEED_WHEN_UNREADABLE: env.oneOf(FEED_FALLBACKS),
  });
  // Before its first read of the feed, an execution environment knows no revocation. So the age of the feed counts from its start.
  feedReadAt = systemMoment();
  return revocationFeed(client, {
    sessionsTable: SESSIONS_TABLE,
    shards: FEED_SHARDS,
    maxStalenessSeconds: feed.MAX_FEED_STALENESS_SECONDS,
    whenUnreadable: feed.FEED_WHEN_UNREADABLE,
    moment: systemMoment,
    onRead: () => {
      feedReadAt = systemMoment();
    },
    onReadFailure: metrics.feedUnreadable,
  });
};

const authorizer = createAuthorizer({
  verify: cachedVerifier(
    verificationKeySource(client, environment.KEYS_TABLE, systemMoment),
    {
      issuer: environment.ISSUER,
      audiences: environment.AUDIENCES,
      clockToleranceSeconds: environment.CLOCK_TOLERANCE_SECONDS,
    },
    systemClock,
  ),
  isRevoked: revocationCheck(),
  requiredScopes: environment.REQUIRED_SCOPES,
  ownApiId: environment.OWN_API_ID,
  trustedOrigins: { issuer: environment.ISSUER, allowedOrigins: environment.ALLOWED_ORIGINS },
});

export const handler = metered(authorizer, metrics);
