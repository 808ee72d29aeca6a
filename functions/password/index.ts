import { withViewerAddress } from "../../shared/http/viewer-address.ts";
import { createThrottleStore } from "../../shared/throttle/throttle-store.ts";
import { createDocumentClient } from "../../shared/wiring/aws-clients.ts";
import { breachLookupFromEnvironment } from "../../shared/wiring/breach-lookup.ts";
import { env, readEnvironment } from "../../shared/wiring/environment.ts";
import { httpOptionsFromEnvironment } from "../../shared/wiring/http-options.ts";
import { guessingFromEnvironment } from "../../shared/wiring/limits.ts";
import { originSecretFromEnvironment } from "../../shared/wiring/origin-secret.ts";
import { tokenIssuerFromEnvironment } from "../../shared/wiring/token-issuer.ts";
import { createPassword } from "./handler.ts";

const environment = readEnvironment({
  THROTTLE_TABLE: env.text,
  MIN_PASSWORD_LENGTH: env.count,
  SERVICE_NAME: env.text,
});
const client = createDocumentClient();

const dependencies = {
  ...tokenIssuerFromEnvironment(client),
  throttle: createThrottleStore(client, environment.THROTTLE_TABLE),
  guessing: guessingFromEnvironment(),
  policy: {
    minLength: environment.MIN_PASSWORD_LENGTH,
    serviceName: environment.SERVICE_NAME,
    ...breachLookupFromEnvironment(),
  },
};

export const handler = withViewerAddress(
  createPassword(dependencies, httpOptionsFromEnvironment()),
  originSecretFromEnvironment(),
);
