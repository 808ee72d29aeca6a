import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";

/** The failure of a substitute for DynamoDB: an error of the service, or no response. */
export type Failure = { readonly status: number; readonly body: string } | "hangs" | "hangs up";

/** The text of DynamoDB, with the table and the account. */
export const serviceError = (type: string, status = 400): Failure => ({
  status,
  body: JSON.stringify({
    __type: `com.amazonaws.dynamodb.v20120810#${type}`,
    message: `${type} on arn:aws:dynamodb:eu-central-1:123456789012:table/Users for latchkey-login-role`,
  }),
});

/** Starts an HTTP server that fails in this way. The reads go through the SDK. */
export const startFailingAws = async (failure: Failure) => {
  const server: Server = createServer((request, response) => {
    if (failure === "hangs") return;
    if (failure === "hangs up") {
      request.socket.destroy();
      return;
    }
    response.writeHead(failure.status, { "content-type": "application/x-amz-json-1.0" }).end(failure.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const limits: DynamoDBClientConfig = {
    maxAttempts: 1,
    // All other failures happen at once, so that the speed of the machine does not matter.
    ...(failure === "hangs" && { requestHandler: { requestTimeout: 100, throwOnRequestTimeout: true } }),
  };
  const client = new DynamoDBClient({
    ...limits,
    endpoint: `http://127.0.0.1:${address.port}`,
    region: "eu-central-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const documentClient = DynamoDBDocumentClient.from(client);
  return {
    documentClient,
    read: () => documentClient.send(new GetCommand({ TableName: "Users", Key: { pk: "USER#1" } })),
    stop: async () => {
      client.destroy();
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
};
