import { withViewerAddress } from "../../shared/http/viewer-address.ts";
import { createSessionStore } from "../../shared/sessions/session-store.ts";
import { systemClock } from "../../shared/time.ts";
import { createUserStore } from "../../shared/users/user-store.ts";
import { auditFromEnvironment } from "../../shared/wiring/audit.ts";
import { createDocumentClient } from "../../shared/wiring/aws-clients.ts";
import { env, readEnvironment } from "../../shared/wiring/environment.ts";
import { httpOptionsFromEnvironment } from "../../shared/wiring/http-options.ts";
import { originSecretFromEnvironment } from "../../shared/wiring/origin-secret.ts";
import { createSessions } from "./handler.ts";

const environment = readEnvironment({ USERS_TABLE: env.text, SESSIONS_TABLE: env.text, FEED_SHARDS: env.count });
const client = createDocumentClient();

const dependencies = {
  sessions: createSessionStore(client, environment.SESSIONS_TABLE, environment.FEED_SHARDS),
  users: createUserStore(client, environment.USERS_TABLE),
  clock: systemClock,
  audit: auditFromEnvironment(),
};

export const handler = withViewerAddress(
  createSessions(dependencies, httpOptionsFromEnvironment()),
  originSecretFromEnvironment(),
);
