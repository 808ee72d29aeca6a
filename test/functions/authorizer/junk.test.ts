import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  EVENT_SHAPES,
  httpApi1,
  httpApi2,
  restRequest,
  restToken,
  webSocketConnect,
} from "../../support/authorizer-events.ts";
import { anAccessKey } from "../../support/keys.ts";
import { anAccessToken } from "../../support/tokens.ts";
import { anAuthorizer } from "./an-authorizer.ts";

const key = anAccessKey("ES256");
const token = await anAccessToken(key);
const authorize = anAuthorizer(key);

/** The authorizer throws plain `Error` on purpose. An error of any other class is a bug that the input has reached. */
const expectRejection = async (event: unknown) => {
  const [settled] = await Promise.allSettled([authorize(event)]);
  if (settled.status === "fulfilled") {
    expect(JSON.stringify(settled.value)).not.toMatch(/"Allow"|"isAuthorized":true/);
  } else {
    expect(Object.getPrototypeOf(settled.reason)).toBe(Error.prototype);
    expect(settled.reason.message).toMatch(/^(Unauthorized|Not an event of an API Gateway authorizer)$/);
  }
};

const anything = fc.anything({
  withNullPrototype: true,
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
});

const events = { restToken, restRequest, httpApi1, httpApi2, webSocketConnect };

describe("an event that is junk", () => {
  it("is never an Allow, and never an exception that we did not mean (A5, A6)", async () => {
    await fc.assert(fc.asyncProperty(anything, expectRejection), { numRuns: 500 });
  });

  it.each(Object.entries(events))("never is, with any member of a %s event replaced (A6)", async (_name, event) => {
    const good = event({ headers: { Authorization: "Bearer x.y.z" } });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(good)), anything, async (name, value) => {
        await expectRejection({ ...good, [name]: value });
      }),
      { numRuns: 300 },
    );
  });

  it.each(Object.entries(events))("never is, with any member of a %s event missing (A6)", async (_name, event) => {
    const good: Record<string, unknown> = event({ headers: { Authorization: "Bearer x.y.z" } });
    for (const name of Object.keys(good)) {
      const { [name]: _gone, ...rest } = good;
      await expectRejection(rest);
    }
  });
});

describe("headers that are junk", () => {
  const junk = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.base64String(),
    fc.constantFrom("Bearer", "Bearer ", "Bearer x", ""),
  );
  const almostToken = fc
    .tuple(fc.integer({ min: 0, max: token.length - 1 }), fc.constantFrom("A", "B", ".", "=", " ", "%", "\n", "é"))
    .filter(([at, character]) => token[at] !== character)
    .map(([at, character]) => `Bearer ${token.slice(0, at)}${character}${token.slice(at + 1)}`);

  it.each(EVENT_SHAPES)("of $shape are never an Allow (A5)", async ({ event }) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(junk, almostToken), async (Authorization) => {
        await expectRejection(event({ headers: { Authorization } }));
      }),
      { numRuns: 300 },
    );
  });

  it.each(EVENT_SHAPES)("of $shape are never an Allow under any name (A5)", async ({ event }) => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string({ unit: "binary" }), junk), async (headers) => {
        await expectRejection(event({ headers }));
      }),
      { numRuns: 200 },
    );
  });
});

describe("a good token", () => {
  const bearer = { headers: { Authorization: `Bearer ${token}` } };

  it.each([
    "",
    "*",
    "arn",
    "arn:aws:execute-api:*:*:*",
    "arn:aws:s3:::bucket/key/x",
    "/",
    "//",
    "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234",
  ])("is not let through to %j, which is no route (A6)", async (arn) => {
    await expectRejection({ ...restToken(bearer), methodArn: arn });
    await expectRejection({ ...restRequest(bearer), methodArn: arn });
    await expectRejection({ ...httpApi1(bearer), methodArn: arn });
    await expectRejection({ ...httpApi2(bearer), routeArn: arn });
  });
});
