import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { expect, it, onTestFinished } from "vitest";
import { boundedAttempts } from "../../../shared/aws/call-limits.ts";

it("an attempt that gets no connection is given up after half its time, and no other limit of the SDK applies (A7)", async () => {
  const server = createServer((_, outgoing) => outgoing.end("{}")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { requestHandler, maxAttempts } = boundedAttempts({ attemptMs: 8000, callMs: 60_000, maxAttempts: 2 });
  const client = new SecretsManagerClient({
    requestHandler,
    maxAttempts,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "eu-central-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  onTestFinished(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  // The handler has its settings after the first request.
  await client.send(new GetSecretValueCommand({ SecretId: "id" }));
  expect(requestHandler.httpHandlerConfigs()).toMatchObject({ connectionTimeout: 4000 });
  expect(await client.config.maxAttempts()).toBe(2);
});
