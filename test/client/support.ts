import {
  type Client,
  type ClientOptions,
  createClient,
  memoryStorage,
  type SessionStorage,
} from "../../client/index.ts";
import { createNetwork, type Network } from "./network.ts";

/** Past the end of an access token, clock tolerance included. */
export const ACCESS_TOKEN_LIFE = 910;

export type TestClient = Client & {
  readonly network: Network;
  readonly storage: SessionStorage;
  /** Milliseconds of each pause between two tries. */
  readonly pauses: readonly number[];
  readonly signedOut: () => number;
};

/** A client that does not wait, watched from all sides. */
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

/** What is stored, as text and parsed. */
export const stored = async (storage: SessionStorage): Promise<Record<string, string>> =>
  JSON.parse((await storage.get()) ?? "{}");
