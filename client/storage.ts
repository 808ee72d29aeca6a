/**
 * The place where a client keeps its session: one string. The client reads the string before every request, so processes that
 * share the store see each other's rotations.
 *
 * @example
 * ```ts
 * import * as SecureStore from "expo-secure-store";
 * import { createClient, type SessionStorage } from "../client/index.ts";
 *
 * const keychain: SessionStorage = {
 *   get: () => SecureStore.getItemAsync("latchkey"),
 *   set: (value) =>
 *     value === undefined ? SecureStore.deleteItemAsync("latchkey") : SecureStore.setItemAsync("latchkey", value),
 * };
 * createClient({ baseUrl: "https://login.example.com", transport: "bearer", storage: keychain });
 * ```
 */
export type SessionStorage = {
  /** The string of the last `set`. Null or undefined if the store is empty. */
  readonly get: () => Promise<string | null | undefined>;
  /** Replaces the string in one write, so that no reader sees a part of it. Undefined removes the string. */
  readonly set: (value: string | undefined) => Promise<void>;
  /**
   * Runs one function at a time among all processes that share the store. If a process dies, the next function must start.
   * Without a lock two processes may refresh at the same time. That is safe, but costs a request.
   * @default one function at a time within this client
   */
  readonly lock?: <Result>(run: () => Promise<Result>) => Promise<Result>;
};

/**
 * Keeps the session in memory until the process ends.
 *
 * @example
 * ```ts
 * import { createClient, memoryStorage } from "../client/index.ts";
 *
 * createClient({ baseUrl: "https://login.example.com", transport: "bearer", storage: memoryStorage() });
 * ```
 */
export const memoryStorage = (): SessionStorage => {
  let kept: string | undefined;
  return {
    get: async () => kept,
    set: async (value) => {
      kept = value;
    },
  };
};

/**
 * Keeps the session in the browser's `localStorage`, for all tabs of the origin. In a secure context one tab refreshes at a time
 * (Web Locks). A write of one tab reaches the others with a delay, so sometimes a second tab refreshes too, which is safe.
 *
 * Every script of the page can read `localStorage`. With `transport: "cookie"` the string holds no token, only a CSRF token and a
 * key, so prefer that transport in browsers.
 *
 * @param key the name of the item; change it if several sessions share an origin
 * @throws TypeError if there is no `localStorage`
 *
 * @example
 * ```ts
 * import { createClient, localStorageStorage } from "../client/index.ts";
 *
 * createClient({ baseUrl: "https://login.example.com", transport: "cookie", storage: localStorageStorage() });
 * ```
 */
export const localStorageStorage = (key = "latchkey"): SessionStorage => {
  const { localStorage, locks } = requireBrowser();
  return {
    get: async () => localStorage.getItem(key),
    set: async (value) => (value === undefined ? localStorage.removeItem(key) : localStorage.setItem(key, value)),
    ...(locks === undefined ? {} : { lock: (run) => locks.request(key, run) }),
  };
};

/** The parts of a browser that this file uses. The client then compiles without the types of a browser. */
type Browser = {
  readonly localStorage: {
    readonly getItem: (key: string) => string | null;
    readonly setItem: (key: string, value: string) => void;
    readonly removeItem: (key: string) => void;
  };
  readonly locks:
    | { readonly request: <Result>(name: string, run: () => Promise<Result>) => Promise<Result> }
    | undefined;
};

const requireBrowser = (): Browser => {
  const { localStorage, navigator } = globalThis as unknown as {
    localStorage?: Browser["localStorage"];
    navigator?: { locks?: Browser["locks"] };
  };
  if (localStorage === undefined) throw new TypeError("There is no localStorage here.");
  return { localStorage, locks: navigator?.locks };
};
