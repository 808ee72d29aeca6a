import {
  type Client,
  type ClientOptions,
  createClient,
  memoryStorage,
  type SessionStorage,
} from "../../client/index.ts";
import { createNetwork, type Network } from "./network.ts";

/** Seconds after which an access token has expired, with the clock tolerance. */
export const ACCESS_TOKEN_LIFE = 910;

/** Seconds without a request after which a session in cookies has expired: `accessTokenSeconds` and `cookieIdleSeconds`. */
export const COOKIE_SESSION_LIFE = 2701;

/** A client with a view of what it does. */
export type TestClient = Client & {
  readonly network: Network;
  readonly storage: SessionStorage;
  /** The pauses between two tries, in milliseconds. */
  readonly pauses: readonly number[];
  /** How often `onSignedOut` was called. */
  readonly signedOut: () => number;
};

/** A client that records its requests and pauses. The client does not really wait. */
export const aClient = (baseUrl: string, options: Partial<ClientOptions> = {}): TestClient => {
  const network = createNetwork(options.fetch);
  const storage = options.storage ?? memoryStorage();
  const pauses: number[] = [];
  let signedOut = 0;
  const client = createClient({
    transport: "bearer",
    ...options,
    baseUrl,
    storage,
    fetch: network.fetch,
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
    },
    onSignedOut: () => {
      signedOut++;
    },
  });
  return { ...client, network, storage, pauses, signedOut: () => signedOut };
};

/** The parsed content of the store. */
export const stored = async (storage: SessionStorage): Promise<Record<string, string>> =>
  JSON.parse((await storage.get()) ?? "{}");
