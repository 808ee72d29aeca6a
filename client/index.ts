export type { SessionInfo, User } from "./account.ts";
export type { Client, ClientOptions } from "./client.ts";
export { createClient } from "./create-client.ts";
export { ApiError } from "./errors.ts";
export { localStorageStorage, memoryStorage, type SessionStorage } from "./storage.ts";
