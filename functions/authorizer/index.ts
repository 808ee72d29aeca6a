import { createDocumentClient } from "../../shared/aws.ts";
import { env, readEnvironment } from "../../shared/environment.ts";
import { verificationKeySource } from "../../shared/keys/key-sources.ts";
import { lookup, stateless } from "../../shared/sessions/authorize.ts";
import { createSessionStore } from "../../shared/sessions/session-store.ts";
import { systemClock } from "../../shared/time.ts";
import { cachedVerifier } from "../../shared/tokens/cached-verifier.ts";
import { createAuthorizer } from "./handler.ts";

const environment = readEnvironment({
  ISSUER: env.text,
  AUDIENCES: env.list,
  KEYS_TABLE: env.text,
  CLOCK_TOLERANCE_SECONDS: env.seconds,
  REQUIRED_SCOPES: env.list,
});
const mode = readEnvironment({ REVOCATION_MODE: env.oneOf(["stateless", "feed", "lookup"]) }).REVOCATION_MODE;

const client = createDocumentClient();

const revocationCheck = () => {
  if (mode === "stateless") return stateless;
  const { SESSIONS_TABLE } = readEnvironment({ SESSIONS_TABLE: env.text });
  return lookup(createSessionStore(client, SESSIONS_TABLE), systemClock);
};

export const handler = createAuthorizer({
  verify: cachedVerifier(
    verificationKeySource(client, environment.KEYS_TABLE, systemClock),
    {
      issuer: environment.ISSUER,
      audiences: environment.AUDIENCES,
      clockToleranceSeconds: environment.CLOCK_TOLERANCE_SECONDS,
    },
    systemClock,
  ),
  isRevoked: revocationCheck(),
  requiredScopes: environment.REQUIRED_SCOPES,
});
