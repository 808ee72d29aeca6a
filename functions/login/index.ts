import { createDocumentClient } from "../../shared/aws/clients.ts";
import { withViewerAddress } from "../../shared/http/viewer-address.ts";
import { loginLimitsFromEnvironment } from "../../shared/throttle/limits.ts";
import { createThrottleStore } from "../../shared/throttle/throttle-store.ts";
import { env, readEnvironment } from "../../shared/wiring/environment.ts";
import { originSecretFromEnvironment } from "../../shared/wiring/origin-secret.ts";
import { tokenIssuerFromEnvironment } from "../../shared/wiring/token-issuer.ts";
import { createLogin } from "./handler.ts";

const client = createDocumentClient();
const { THROTTLE_TABLE } = readEnvironment({ THROTTLE_TABLE: env.text });
const { allowedOrigins, ...dependencies } = tokenIssuerFromEnvironment(client);

export const handler = withViewerAddress(
  createLogin(
    {
      ...dependencies,
      throttle: createThrottleStore(client, THROTTLE_TABLE),
      loginLimits: loginLimitsFromEnvironment(),
    },
    allowedOrigins,
  ),
  originSecretFromEnvironment(),
);
