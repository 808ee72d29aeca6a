import { createAudit } from "../../shared/audit/audit.ts";
import { createDocumentClient, createSecretsClient } from "../../shared/aws.ts";
import { env, readEnvironment } from "../../shared/environment.ts";
import { randomIds } from "../../shared/ids.ts";
import { keyRingSource } from "../../shared/keys/key-sources.ts";
import { hashPassword } from "../../shared/passwords/hash-password.ts";
import { systemClock } from "../../shared/time.ts";
import { createUserStore } from "../../shared/users/user-store.ts";
import { createRegister } from "./handler.ts";

const environment = readEnvironment({
  USERS_TABLE: env.text,
  KEY_RING_SECRET_ID: env.text,
  REGISTRATION: env.oneOf(["open", "closed"]),
  PASSWORD_MIN_LENGTH: env.count,
  SERVICE_NAME: env.text,
  ALLOWED_ORIGINS: env.list,
});

const keyRing = keyRingSource(createSecretsClient(), environment.KEY_RING_SECRET_ID, systemClock);

export const handler = createRegister(
  {
    users: createUserStore(createDocumentClient(), environment.USERS_TABLE),
    clock: systemClock,
    ids: randomIds,
    hash: async (password) => hashPassword(password, await keyRing.get()),
    policy: { minLength: environment.PASSWORD_MIN_LENGTH, serviceName: environment.SERVICE_NAME },
  },
  {
    registration: environment.REGISTRATION,
    audit: createAudit(systemClock),
    allowedOrigins: environment.ALLOWED_ORIGINS,
  },
);
