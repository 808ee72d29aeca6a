import { beforeEach, describe, expect, it } from "vitest";
import { metered } from "../../../functions/authorizer/metered.ts";
import { type PolicyResponse, toDenialContext } from "../../../functions/authorizer/response.ts";
import { type AuthorizerMetrics, createAuthorizerMetrics } from "../../../shared/metrics/authorizer-metrics.ts";
import { printedInEachTest } from "../../support/printed.ts";
import { aClock } from "../../support/time.ts";

let clock: ReturnType<typeof aClock>;
let metrics: AuthorizerMetrics;
let feedAge: number | undefined;
const printed = printedInEachTest();
const lines = printed.lines;
beforeEach(() => {
  feedAge = undefined;
  clock = aClock();
  metrics = createAuthorizerMetrics({
    namespace: "Latchkey/test",
    clock: clock.now,
    moment: clock.moment,
    feedAgeSeconds: () => feedAge,
  });
});
const last = () => JSON.parse(lines().at(-1) ?? "{}");

describe("the authorizer's metrics", () => {
  it("are written for the first request, then collected for ten seconds, and no count is written twice", () => {
    metrics.record("allowed", 1.5);
    expect(lines()).toHaveLength(1);
    expect(last()).toMatchObject({ AuthorizerAllowed: 1, AuthorizerDuration: 1.5 });

    for (let i = 0; i < 500; i++) metrics.record(i % 2 === 0 ? "allowed" : "rejected", 1);
    clock.advance(9);
    metrics.record("denied", 1);
    expect(lines()).toHaveLength(1);

    clock.advance(1);
    metrics.record("fault", 1);
    expect(lines()).toHaveLength(2);
    expect(last()).toMatchObject({
      AuthorizerAllowed: 250,
      AuthorizerRejected: 250,
      AuthorizerDenied: 1,
      AuthorizerFaults: 1,
    });
    // CloudWatch accepts at most 100 values of one metric in a line.
    expect(last().AuthorizerDuration).toHaveLength(99);
  });

  it("are written also after the wall clock stepped back (A7)", () => {
    metrics.record("allowed", 1);
    clock.advance(1);
    clock.step(-120);
    metrics.record("allowed", 1);
    clock.advance(10);
    metrics.record("allowed", 1);
    expect(lines()).toHaveLength(3);
  });

  it("report an unknown age of the feed as a day (A7)", () => {
    feedAge = Infinity;
    metrics.record("allowed", 1);
    expect(last()).toMatchObject({ FeedAge: 86_400 });
  });

  it("contain the age of the revocation feed, if the authorizer has a feed", () => {
    metrics.record("allowed", 1);
    expect(last()).not.toHaveProperty("FeedAge");
    feedAge = 3;
    clock.advance(10);
    metrics.record("allowed", 1);
    expect(last()).toMatchObject({ FeedAge: 3 });
  });

  it("report a feed that cannot be read at once, with only the class of the error (G1)", () => {
    metrics.feedUnreadable(new TypeError("arn:aws:dynamodb:eu-central-1:123456789012:table/Sessions"));
    expect(lines()).toHaveLength(1);
    expect(last()).toEqual({
      level: "error",
      event: "revocation_feed_unreadable",
      cause: "TypeError",
      service: "latchkey",
      FeedUnreadable: 1,
      _aws: expect.anything(),
    });
    expect(lines().join()).not.toContain("arn:");
  });

  it("declare every value to CloudWatch, and contain nothing of the request", () => {
    metrics.record("allowed", 1);
    const { _aws, service, ...values } = last();
    expect([service, _aws.Timestamp]).toEqual(["latchkey", 1_800_000_000_000]);
    expect(_aws.CloudWatchMetrics).toMatchObject([{ Namespace: "Latchkey/test", Dimensions: [["service"]] }]);
    const named = _aws.CloudWatchMetrics.flatMap((each: { Metrics: { Name: string }[] }) => each.Metrics);
    expect(named.map(({ Name }: { Name: string }) => Name).sort()).toEqual(Object.keys(values).sort());
  });
});

describe("a metered authorizer", () => {
  const policy = (Effect: "Allow" | "Deny", denial?: "invalid_token" | "csrf_failed"): PolicyResponse => ({
    principalId: "",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect, Resource: "*" }],
    },
    context:
      denial === undefined ? { sub: "u", sid: "s", scope: "", roles: "", auth_time: 0 } : toDenialContext(denial),
  });

  it.each([
    ["AuthorizerAllowed", async () => policy("Allow")],
    ["AuthorizerAllowed", async () => ({ isAuthorized: true })],
    ["AuthorizerDenied", async () => policy("Deny", "csrf_failed")],
    // The function behind the route responds to this request with 403.
    ["AuthorizerDenied", async () => policy("Allow", "csrf_failed")],
    ["AuthorizerRejected", async () => policy("Deny", "invalid_token")],
    ["AuthorizerDenied", async () => ({ isAuthorized: false })],
    ["AuthorizerRejected", async () => Promise.reject(new Error("Unauthorized"))],
    ["AuthorizerFaults", async () => Promise.reject(new Error("The request could not be evaluated"))],
  ])("counts %s and returns the same result", async (name, authorizer) => {
    const settle = (run: () => Promise<unknown>) => run().catch((error: unknown) => error);
    expect(await settle(() => metered(authorizer, metrics)({}))).toEqual(await settle(authorizer));
    expect(last()).toMatchObject({ [name]: 1 });
  });
});
