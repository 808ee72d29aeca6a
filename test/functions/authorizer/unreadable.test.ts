import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, describe, expect } from "vitest";
import { verificationKeySource } from "../../../shared/keys/key-sources.ts";
import { PUBLISHED_KEYS_ROW } from "../../../shared/keys/public-key-store.ts";
import { lookup } from "../../../shared/sessions/authorize.ts";
import { createSessionStore } from "../../../shared/sessions/session-store.ts";
import { cachedVerifier } from "../../../shared/tokens/cached-verifier.ts";
import { EVENT_SHAPES } from "../../support/authorizer-events.ts";
import type { TestDynamoDb } from "../../support/dynamodb.ts";
import { type Failure, serviceError, startFailingAws } from "../../support/failing-aws.ts";
import { it } from "../../support/it.ts";
import { anAccessKey, publicJwks } from "../../support/keys.ts";
import { aClock, NOW } from "../../support/time.ts";
import { anAccessToken, verifierSettings } from "../../support/tokens.ts";
import { anAuthorizer, getOutcome } from "./an-authorizer.ts";

const key = anAccessKey("ES256");
const token = await anAccessToken(key);
const headers = { Authorization: `Bearer ${token}` };

const started: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const { stop } of started.splice(0)) await stop();
});

const FAILURES = [
  ["throttles", serviceError("ProvisionedThroughputExceededException")],
  ["fails", serviceError("InternalServerError", 500)],
  ["does not respond", "hangs"],
  ["hangs up", "hangs up"],
  ["denies every call", serviceError("AccessDeniedException")],
  ["has no such table", serviceError("ResourceNotFoundException")],
  ["calls the request unauthorized", { status: 401, body: JSON.stringify({ message: "Unauthorized" }) }],
] satisfies [string, Failure][];

describe.each(FAILURES)("where DynamoDB %s", (_case, failure) => {
  it.each(EVENT_SHAPES)(
    "a request of $shape is a fault of ours when the session is asked for (A6)",
    async ({ event }) => {
      const aws = await startFailingAws(failure);
      started.push(aws);
      const authorize = anAuthorizer(key, {
        isRevoked: lookup(createSessionStore(aws.documentClient, "Sessions", 1), aClock().now),
      });
      expect(await getOutcome(authorize(event({ headers })))).toBe(500);
    },
  );

  it("it is a fault of ours when the keys are asked for (A6)", async () => {
    const aws = await startFailingAws(failure);
    started.push(aws);
    const clock = aClock();
    const keys = verificationKeySource(aws.documentClient, "Keys", clock.moment);
    const authorize = anAuthorizer(key, { verify: cachedVerifier(keys, verifierSettings, clock.now) });
    for (const { event } of EVENT_SHAPES) expect(await getOutcome(authorize(event({ headers })))).toBe(500);
  });
});

describe("the keys", () => {
  let database: TestDynamoDb;
  it.beforeAll(({ database: started }) => {
    database = started;
  });

  const authorizeWith = async (row: Record<string, unknown> | undefined) => {
    const { documentClient, tableNames } = database;
    const Item = { ...PUBLISHED_KEYS_ROW, revision: 1, withdrawn: [], ...row };
    if (row !== undefined) await documentClient.send(new PutCommand({ TableName: tableNames.keys, Item }));
    const keys = verificationKeySource(documentClient, tableNames.keys, aClock().moment);
    const authorize = anAuthorizer(key, { verify: cachedVerifier(keys, verifierSettings, aClock().now) });
    return Promise.all(EVENT_SHAPES.map(({ event }) => getOutcome(authorize(event({ headers })))));
  };
  const everywhere = (outcome: string | number) => EVENT_SHAPES.map(() => outcome);
  const [jwk] = publicJwks(key);

  it("neither allow nor reject a request before the first key is published (A6)", async () => {
    expect(await authorizeWith(undefined)).toEqual(everywhere(500));
  });

  it("let in whose token they signed", async () => {
    expect(await authorizeWith({ keys: [{ publishedAt: NOW, jwk }] })).toEqual(everywhere("allowed"));
  });

  it.each([
    ["is damaged", { keys: "none" }],
    ["holds a symmetric key", { keys: [{ publishedAt: NOW, jwk: { kty: "oct", k: "AAAA", kid: key.kid } }] }],
    ["names another algorithm for a key", { keys: [{ publishedAt: NOW, jwk: { ...jwk, alg: "RS256" } }] }],
    ["names none as the algorithm", { keys: [{ publishedAt: NOW, jwk: { ...jwk, alg: "none" } }] }],
  ])("neither allow nor reject a request if their row %s (A6, T3)", async (_case, row) => {
    expect(await authorizeWith(row)).toEqual(everywhere(500));
  });
});
