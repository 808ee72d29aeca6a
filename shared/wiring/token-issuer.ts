import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { LoginDependencies } from "../accounts/log-in.ts";
import { randomIds } from "../ids.ts";
import { createUserStore } from "../users/user-store.ts";
import { createDocumentClient } from "./aws-clients.ts";
import { env, readEnvironment } from "./environment.ts";
import { type TokenRecognizer, tokenRecognizerFromEnvironment } from "./token-recognition.ts";

/**
 * Creates the dependencies of a function that issues tokens, once in each execution environment.
 * @throws Error that names the missing or malformed variables
 */
export const tokenIssuerFromEnvironment = (
  client: DynamoDBDocumentClient = createDocumentClient(),
): LoginDependencies & TokenRecognizer => {
  const environment = readEnvironment({
    USERS_TABLE: env.text,
    CLIENT_ID: env.text,
    SCOPES: env.list,
    ACCESS_TOKEN_SECONDS: env.seconds,
    REFRESH_TOKEN_SECONDS: env.seconds,
    ABSOLUTE_SESSION_SECONDS: env.seconds,
    COOKIE_IDLE_SECONDS: env.seconds,
    REPLAY_WINDOW_SECONDS: env.seconds,
  });
  const recognizer = tokenRecognizerFromEnvironment(client);
  return {
    ...recognizer,
    users: createUserStore(client, environment.USERS_TABLE),
    ids: randomIds,
    tokens: {
      issuer: recognizer.verifier.issuer,
      audiences: recognizer.verifier.audiences,
      clientId: environment.CLIENT_ID,
      scopes: environment.SCOPES,
      accessTokenSeconds: environment.ACCESS_TOKEN_SECONDS,
    },
    settings: {
      refreshTokenSeconds: environment.REFRESH_TOKEN_SECONDS,
      cookieIdleSeconds: environment.COOKIE_IDLE_SECONDS,
      accessTokenSeconds: environment.ACCESS_TOKEN_SECONDS,
      absoluteSessionSeconds: environment.ABSOLUTE_SESSION_SECONDS,
      replayWindowSeconds: environment.REPLAY_WINDOW_SECONDS,
    },
  };
};
