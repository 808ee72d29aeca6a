import { env, readEnvironment } from "../../shared/environment.ts";
import { tokenIssuerFromEnvironment } from "../../shared/token-issuer.ts";
import { createPassword } from "./handler.ts";

const { allowedOrigins, ...dependencies } = tokenIssuerFromEnvironment();
const environment = readEnvironment({ PASSWORD_MIN_LENGTH: env.count, SERVICE_NAME: env.text });

export const handler = createPassword(
  { ...dependencies, policy: { minLength: environment.PASSWORD_MIN_LENGTH, serviceName: environment.SERVICE_NAME } },
  allowedOrigins,
);
