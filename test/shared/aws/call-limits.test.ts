import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { describe, expect, it, onTestFinished } from "vitest";
import { boundedAttempts, boundedCalls, type CallLimits } from "../../../shared/aws/call-limits.ts";
import { isTemporary } from "../../../shared/aws/errors.ts";
import { DeadlineExceeded } from "../../../shared/deadline.ts";

const SECRET = JSON.stringify({ SecretString: "the secret", VersionId: "1" });
const JSON_TYPE = { "content-type": "application/x-amz-json-1.1", "content-length": String(SECRET.length) };

/** Starts a Secrets Manager that responds in this way, and reads from it with these limits. */
const aRead = async (respond: (outgoing: ServerResponse, attempt: number) => void, limits: CallLimits) => {
  const closed: Promise<unknown>[] = [];
  const server = createServer((incoming, outgoing) => {
    closed.push(once(incoming.socket, "close"));
    respond(outgoing, closed.length);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = boundedCalls(
    new SecretsManagerClient({
      ...boundedAttempts(limits),
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: "eu-central-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    }),
    limits,
  );
  onTestFinished(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  const read = async () => (await client.send(new GetSecretValueCommand({ SecretId: "id" }))).SecretString;
  return { read, closed };
};

const ONE_ATTEMPT = { attemptMs: 1000, callMs: 60_000, maxAttempts: 1 };

describe("a call to AWS", () => {
  it.each<[string, (outgoing: ServerResponse) => void]>([
    ["before the headers", () => {}],
    ["after the headers", (outgoing) => outgoing.writeHead(200, JSON_TYPE).flushHeaders()],
    ["after half a body", (outgoing) => void outgoing.writeHead(200, JSON_TYPE).write(SECRET.slice(0, 9))],
    ["in the body of an error", (outgoing) => void outgoing.writeHead(400, JSON_TYPE).write(SECRET.slice(0, 9))],
  ])("that stalls %s is aborted with its connection, as a temporary failure (A7)", async (_, respond) => {
    const { read, closed } = await aRead(respond, ONE_ATTEMPT);
    const error = await read().catch((error: unknown) => error);
    expect(error).toMatchObject({ name: "TimeoutError" });
    expect(isTemporary(error)).toBe(true);
    await Promise.all(closed);
    expect(closed).toHaveLength(1);
  });

  it("whose first attempt stalls in the body succeeds at the second attempt (A7)", async () => {
    const limits = { attemptMs: 3000, callMs: 60_000, maxAttempts: 3 };
    const { read } = await aRead((outgoing, attempt) => {
      outgoing.writeHead(200, JSON_TYPE);
      if (attempt === 1) outgoing.write(SECRET.slice(0, 9));
      else outgoing.end(SECRET);
    }, limits);
    expect(await read()).toBe("the secret");
  });

  it("ends at the deadline of all attempts, even if the service requests a longer pause, and sends nothing later (A7)", async () => {
    const { read, closed } = await aRead((outgoing) => outgoing.writeHead(503, { "retry-after": "3600" }).end(), {
      attemptMs: 60_000,
      callMs: 200,
      maxAttempts: 3,
    });
    await expect(read()).rejects.toThrow(DeadlineExceeded);
    expect(closed).toHaveLength(1);
  });
});
