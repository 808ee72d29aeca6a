import { createUserStore } from "../../shared/users/user-store.ts";
import { createDocumentClient } from "../../shared/wiring/aws-clients.ts";
import { env, readEnvironment } from "../../shared/wiring/environment.ts";
import { createMe } from "./handler.ts";

const { USERS_TABLE, ALLOWED_ORIGINS } = readEnvironment({ USERS_TABLE: env.text, ALLOWED_ORIGINS: env.list });

export const handler = createMe(createUserStore(createDocumentClient(), USERS_TABLE), ALLOWED_ORIGINS);
