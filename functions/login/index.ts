import { withViewerAddress } from "../../shared/http/viewer-address.ts";
import { createThrottleStore } from "../../shared/throttle/throttle-store.ts";
import { createDocumentClient } from "../../shared/wiring/aws-clients.ts";
import { env, readEnvironment } from "../../shared/wiring/environment.ts";
import { httpOptionsFromEnvironment } from "../../shared/wiring/http-options.ts";
import { loginLimitsFromEnvironment } from "../../shared/wiring/limits.ts";
import { originSecretFromEnvironment } from "../../shared/wiring/origin-secret.ts";
import { tokenIssuerFromEnvironment } from "../../shared/wiring/token-issuer.ts";
import { createLogin } from "./handler.ts";

const { THROTTLE_TABLE } = readEnvironment({ THROTTLE_TABLE: env.text });
const client = createDocumentClient();

const dependencies = {
  ...tokenIssuerFromEnvironment(client),
  throttle: createThrottleStore(client, THROTTLE_TABLE),
  loginLimits: loginLimitsFromEnvironment(),
};

export const handler = withViewerAddress(
  createLogin(dependencies, httpOptionsFromEnvironment()),
  originSecretFromEnvironment(),
);
