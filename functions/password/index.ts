import { createDocumentClient } from "../../shared/aws.ts";
import { env, readEnvironment } from "../../shared/environment.ts";
import { originSecretFromEnvironment } from "../../shared/http/origin-secret.ts";
import { withViewerAddress } from "../../shared/http/viewer-address.ts";
import { breachLookupFromEnvironment } from "../../shared/passwords/breach-lookup-environment.ts";
import { guessingFromEnvironment } from "../../shared/throttle/limits.ts";
import { createThrottleStore } from "../../shared/throttle/throttle-store.ts";
import { tokenIssuerFromEnvironment } from "../../shared/token-issuer.ts";
import { createPassword } from "./handler.ts";

const client = createDocumentClient();
const { allowedOrigins, ...dependencies } = tokenIssuerFromEnvironment(client);
const environment = readEnvironment({
  THROTTLE_TABLE: env.text,
  PASSWORD_MIN_LENGTH: env.count,
  SERVICE_NAME: env.text,
});

export const handler = withViewerAddress(
  createPassword(
    {
      ...dependencies,
      throttle: createThrottleStore(client, environment.THROTTLE_TABLE),
      guessing: guessingFromEnvironment(),
      policy: {
        minLength: environment.PASSWORD_MIN_LENGTH,
        serviceName: environment.SERVICE_NAME,
        ...breachLookupFromEnvironment(),
      },
    },
    allowedOrigins,
  ),
  originSecretFromEnvironment(),
);
