export type { SessionInfo, User } from "./account.ts";
export { type Client, type ClientOptions, createClient } from "./client.ts";
export { ApiError } from "./errors.ts";
export { localStorageStorage, memoryStorage, type SessionStorage } from "./storage.ts";
