import type { IncomingHttpHeaders, ServerResponse } from "node:http";

/** A DynamoDB that serves the functions. */
export type DynamoDbEngine = {
  /** The endpoint, without trailing slash. */
  readonly url: string;
  /**
   * Responds to a request that the caller has read already. Cuts the connection if the engine sends no complete response.
   * @param headers of the request
   * @param body the whole body of the request
   */
  respond(headers: IncomingHttpHeaders, body: Buffer, outgoing: ServerResponse): void;
  /** Closes the data folder or the connections. */
  stop(): Promise<void>;
};
