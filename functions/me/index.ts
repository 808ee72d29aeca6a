import { createUserStore } from "../../shared/users/user-store.ts";
import { createDocumentClient } from "../../shared/wiring/aws-clients.ts";
import { env, readEnvironment } from "../../shared/wiring/environment.ts";
import { httpOptionsFromEnvironment } from "../../shared/wiring/http-options.ts";
import { createMe } from "./handler.ts";

const { USERS_TABLE } = readEnvironment({ USERS_TABLE: env.text });

const dependencies = { users: createUserStore(createDocumentClient(), USERS_TABLE) };

export const handler = createMe(dependencies, httpOptionsFromEnvironment());
