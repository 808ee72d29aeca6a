/**
 * Where a client keeps its session: one string, read before every request, so that processes that share the store see
 * each other's rotations. React Native: back it with the keychain (`expo-secure-store`, `react-native-keychain`).
 */
export type SessionStorage = {
  /** What was last set; null or undefined if there is nothing. */
  readonly get: () => Promise<string | null | undefined>;
  /** Replaces the string in one write, so that nobody ever reads half of it; undefined removes it. */
  readonly set: (value: string | undefined) => Promise<void>;
  /**
   * Runs one function at a time among all processes that share the store, and lets the next one in when a process dies.
   * Without it two of them may refresh at once, which is safe but costs a request.
   * @default one at a time within this client
   */
  readonly lock?: <Result>(run: () => Promise<Result>) => Promise<Result>;
};

/** Keeps the session until the process ends. */
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
 * Keeps the session in the browser's `localStorage`, for all tabs of the origin, and lets one tab at a time refresh
 * (Web Locks, where the page is a secure context). What one tab wrote reaches another with a delay, so now and then a
 * second one refreshes too, which is safe. Any script of the page can read the store: with `transport: "cookie"` that is
 * no more than a CSRF token, so prefer that in browsers.
 *
 * @param key the item's name, should several sessions live on one origin
 */
export const localStorageStorage = (key = "latchkey"): SessionStorage => {
  const { localStorage, locks } = browser();
  return {
    get: async () => localStorage.getItem(key),
    set: async (value) => (value === undefined ? localStorage.removeItem(key) : localStorage.setItem(key, value)),
    ...(locks === undefined ? {} : { lock: (run) => locks.request(key, run) }),
  };
};

/** The parts of a browser that are used here, so that the client compiles without the types of one. */
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

const browser = (): Browser => {
  const { localStorage, navigator } = globalThis as unknown as {
    localStorage?: Browser["localStorage"];
    navigator?: { locks?: Browser["locks"] };
  };
  if (localStorage === undefined) throw new TypeError("There is no localStorage here.");
  return { localStorage, locks: navigator?.locks };
};
