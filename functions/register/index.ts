import { systemMoment } from "../../shared/age.ts";
import { REGISTRATION_MODES } from "../../shared/contract/modes.ts";
import { withViewerAddress } from "../../shared/http/viewer-address.ts";
import { randomIds } from "../../shared/ids.ts";
import { keyRingReader } from "../../shared/keys/key-sources.ts";
import { hashPassword } from "../../shared/passwords/hash-password.ts";
import { createThrottleStore } from "../../shared/throttle/throttle-store.ts";
import { systemClock } from "../../shared/time.ts";
import { createUserStore } from "../../shared/users/user-store.ts";
import { auditFromEnvironment } from "../../shared/wiring/audit.ts";
import { createDocumentClient, createSecretsClient } from "../../shared/wiring/aws-clients.ts";
import { breachLookupFromEnvironment } from "../../shared/wiring/breach-lookup.ts";
import { env, readEnvironment } from "../../shared/wiring/environment.ts";
import { httpOptionsFromEnvironment } from "../../shared/wiring/http-options.ts";
import { registrationLimitsFromEnvironment } from "../../shared/wiring/limits.ts";
import { originSecretFromEnvironment } from "../../shared/wiring/origin-secret.ts";
import { createRegister } from "./handler.ts";

const environment = readEnvironment({
  USERS_TABLE: env.text,
  THROTTLE_TABLE: env.text,
  KEY_RING_SECRET_ID: env.text,
  REGISTRATION: env.oneOf(REGISTRATION_MODES),
  MIN_PASSWORD_LENGTH: env.count,
  SERVICE_NAME: env.text,
});

const client = createDocumentClient();
const keyRing = keyRingReader(createSecretsClient(), environment.KEY_RING_SECRET_ID, systemMoment);

const dependencies = {
  registration: environment.REGISTRATION,
  users: createUserStore(client, environment.USERS_TABLE),
  clock: systemClock,
  ids: randomIds,
  hash: async (password: string) => hashPassword(password, await keyRing()),
  throttle: createThrottleStore(client, environment.THROTTLE_TABLE),
  registrationLimits: registrationLimitsFromEnvironment(),
  keyRing,
  audit: auditFromEnvironment(),
  policy: {
    minLength: environment.MIN_PASSWORD_LENGTH,
    serviceName: environment.SERVICE_NAME,
    ...breachLookupFromEnvironment(),
  },
};

export const handler = withViewerAddress(
  createRegister(dependencies, httpOptionsFromEnvironment()),
  originSecretFromEnvironment(),
);
