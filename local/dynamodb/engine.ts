import type { IncomingHttpHeaders, ServerResponse } from "node:http";

/** A DynamoDB that the functions can be pointed at. */
export type DynamoDbEngine = {
  readonly url: string;
  /** Answers a request that somebody else received. */
  response(headers: IncomingHttpHeaders, body: Buffer, outgoing: ServerResponse): void;
  /** Closes the data folder. */
  stop(): Promise<void>;
};
