import { randomUUID } from "node:crypto";
import type { APIGatewayProxyResult } from "aws-lambda";
import { describe, expect, vi } from "vitest";
import { createLogin } from "../../functions/login/handler.ts";
import { createLogout } from "../../functions/logout/handler.ts";
import { createMe } from "../../functions/me/handler.ts";
import { createPassword } from "../../functions/password/handler.ts";
import { createRefresh } from "../../functions/refresh/handler.ts";
import { createRegister } from "../../functions/register/handler.ts";
import { createSessions } from "../../functions/sessions/handler.ts";
import { verificationKeySource } from "../../shared/keys/key-sources.ts";
import { hashPassword } from "../../shared/passwords/hash-password.ts";
import { lookup } from "../../shared/sessions/authorize.ts";
import type { IssuedTokens } from "../../shared/sessions/issue-tokens.ts";
import { cachedVerifier } from "../../shared/tokens/cached-verifier.ts";
import type { User } from "../../shared/users/user.ts";
import { createDocumentClient } from "../../shared/wiring/aws-clients.ts";
import { EVENT_SHAPES } from "../support/authorizer-events.ts";
import type { TestDynamoDb } from "../support/dynamodb.ts";
import { type FaultPlan, type FaultyProxy, STALLS, startFaultyProxy } from "../support/faulty-proxy.ts";
import { aRequest } from "../support/http-events.ts";
import { httpOptions } from "../support/http-options.ts";
import { it } from "../support/it.ts";
import { anAccessKey } from "../support/keys.ts";
import { isLongSearch } from "../support/runs.ts";
import { getTokens, PASSWORD, type SessionLibrary, sessionLibrary } from "../support/session-library.ts";
import { anAccessToken, verifierSettings } from "../support/tokens.ts";
import { virtualTiming } from "../support/virtual-timing.ts";
import { anAuthorizer, getOutcome } from "./authorizer/an-authorizer.ts";

const TIMEOUT_MS = 10_000;
const PAST_THE_WINDOW_SECONDS = 60;
const NEW_PASSWORD = "another battery, another staple";

let database: TestDynamoDb;
it.beforeAll(({ database: started }) => {
  // The lines about the stalls.
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  database = started;
});

type World = {
  readonly library: SessionLibrary;
  readonly user: User;
  readonly tokens: IssuedTokens;
  readonly other: IssuedTokens;
  readonly email: string;
};

const aWorld = async (): Promise<World> => {
  const library = sessionLibrary(database);
  const user = await library.signUp();
  const logIn = async () => getTokens(await library.logIn(user));
  return { library, user, tokens: await logIn(), other: await logIn(), email: `new-${randomUUID()}@example.com` };
};

type Library = Pick<SessionLibrary, "dependencies">;
type Request = (world: World, library: Library, context: object) => Promise<APIGatewayProxyResult>;

const options = { ...httpOptions, log: () => {} };
const authorizer = ({ user, tokens }: World) => ({ sub: user.userId, sid: tokens.session.sessionId });
const post = (path: string, body: object, world?: World) =>
  aRequest({ path, body: { ...body }, ...(world === undefined ? {} : { authorizer: authorizer(world) }) });

/** One request of each function, and the status of its response when nothing stalls. */
const REQUESTS: readonly (readonly [string, number, Request])[] = [
  [
    "register",
    201,
    ({ email, library }, { dependencies }, context) =>
      createRegister(
        { ...dependencies, hash: (password) => hashPassword(password, library.ring(), { cost: 4 }) },
        httpOptions,
      )(post("/auth/register", { email, password: PASSWORD }), context),
  ],
  [
    "login",
    200,
    ({ user }, { dependencies }, context) =>
      createLogin(dependencies, httpOptions)(post("/auth/login", { email: user.email, password: PASSWORD }), context),
  ],
  [
    "refresh",
    200,
    ({ tokens }, { dependencies }, context) =>
      createRefresh(dependencies, httpOptions)(post("/auth/refresh", { refresh_token: tokens.refreshToken }), context),
  ],
  [
    "logout",
    204,
    ({ tokens }, { dependencies }, context) =>
      createLogout(dependencies, httpOptions)(post("/auth/logout", { refresh_token: tokens.refreshToken }), context),
  ],
  [
    "me",
    200,
    (world, { dependencies }, context) =>
      createMe(dependencies, httpOptions)(aRequest({ path: "/auth/me", authorizer: authorizer(world) }), context),
  ],
  [
    "logout-all",
    204,
    (world, { dependencies }, context) =>
      createSessions(dependencies, options)(post("/auth/logout-all", {}, world), context),
  ],
  [
    "password",
    200,
    (world, { dependencies }, context) =>
      createPassword(dependencies, httpOptions)(
        post("/auth/password", { current_password: PASSWORD, new_password: NEW_PASSWORD }, world),
        context,
      ),
  ],
];

/** A client with the limits of a deployed function, and the context that Lambda gives, on timers that the stalls move. */
const createExecutionEnvironment = async (
  library: SessionLibrary,
  plan: FaultPlan,
  timeoutMs = TIMEOUT_MS,
  attemptMs = 1000,
) => {
  const time = virtualTiming();
  const proxy: FaultyProxy = await startFaultyProxy(database.endpoint, { onStall: time.passToNextTimer });
  proxy.arm(plan);
  const client = createDocumentClient(
    {
      endpoint: proxy.endpoint,
      region: "eu-central-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    },
    { attemptMs, callMs: 3.5 * attemptMs, maxAttempts: 3, timing: time.timing },
  );
  return {
    time,
    proxy,
    isolated: library.createEnvironment(client),
    context: { getRemainingTimeInMillis: () => timeoutMs - time.now() },
    stop: async () => {
      client.destroy();
      await proxy.stop();
    },
  };
};

/** What a client can rely on when the request is made under this plan and then again, a minute later, without stalls. */
const expectInTimeAndRepeatable = async (
  [name, status, request]: (typeof REQUESTS)[number],
  plan: FaultPlan,
): Promise<{ readonly spoiled: number }> => {
  const world = await aWorld();
  const { time, proxy, isolated, context, stop } = await createExecutionEnvironment(world.library, plan);
  const first = await request(world, isolated, context);
  const elapsedMs = time.now();
  const { spoiled } = proxy.disarm();
  await stop();

  const hint = `${name}, ${JSON.stringify(plan)}: ${first.statusCode} ${first.body}`;
  expect(elapsedMs, hint).toBeLessThanOrEqual(TIMEOUT_MS - 500);
  if (first.statusCode !== status) {
    expect(first, hint).toMatchObject({ statusCode: 503, headers: { "Retry-After": expect.stringMatching(/^\d+$/) } });
    expect(JSON.parse(first.body), hint).toEqual({
      error: "temporarily_unavailable",
      error_description: expect.any(String),
      request_id: expect.any(String),
    });
    world.library.clock.advance(PAST_THE_WINDOW_SECONDS);
    const again = await request(world, world.library, {});
    expect(again.statusCode, `${hint}, then ${again.body}`).toBe(status);
  }
  expect(
    world.library.audited.filter(({ event }) => event === "refresh_token_reused"),
    hint,
  ).toEqual([]);
  return { spoiled };
};

/** `npm test` takes the kinds of stalls in turn, the long search all of them for every call. */
const getStalls = (call: number) => STALLS.filter((_, index) => isLongSearch || index === call % STALLS.length);

describe.each(REQUESTS.map((request) => [request[0], request] as const))("%s", (_, request) => {
  it("responds 503 in time whichever call stalls, and wherever in its response, and can be repeated (A7)", async () => {
    for (let call = 0; ; call++) {
      for (const fault of getStalls(call)) {
        const { spoiled } = await expectInTimeAndRepeatable(request, { call, fault, retriesFail: true });
        if (spoiled === 0) return;
      }
    }
  });

  it.each(getStalls(3))("responds in time when two attempts of every call stall (%s) (A7)", async (fault) => {
    await expectInTimeAndRepeatable(request, { call: "every", fault, retriesFail: 2 });
  });

  it.each(getStalls(3))("responds in time when everything stalls (%s) (A7)", async (fault) => {
    await expectInTimeAndRepeatable(request, { call: "every", fault, retriesFail: true });
  });
});

describe("a rotation that stalled", () => {
  const [, , refresh] = REQUESTS.find(([name]) => name === "refresh") ?? [];
  const refreshStalled = async (world: World, plan: FaultPlan, timeoutMs?: number, attemptMs?: number) => {
    const { isolated, context, stop } = await createExecutionEnvironment(world.library, plan, timeoutMs, attemptMs);
    const response = await refresh?.(world, isolated, context);
    await stop();
    return response?.statusCode;
  };

  it.each(STALLS)(
    "has one successor, also for a client that comes back after a minute (%s) (A7, R5)",
    async (fault) => {
      const world = await aWorld();
      expect(await refreshStalled(world, { call: 0, fault, retriesFail: true })).toBe(503);
      world.library.clock.advance(PAST_THE_WINDOW_SECONDS);
      const [first, second] = await Promise.all([1, 2].map(() => refresh?.(world, world.library, {})));
      const getSuccessor = (response: APIGatewayProxyResult | undefined) =>
        JSON.parse(response?.body ?? "").refresh_token;
      expect(getSuccessor(first)).toEqual(expect.any(String));
      expect(getSuccessor(second)).toBe(getSuccessor(first));
      expect(await world.library.dependencies.sessions.find(world.tokens.session)).toMatchObject({ generation: 1 });
    },
  );

  it("is marked also when it used up the time of the invocation's other calls (A7, R5)", async () => {
    const world = await aWorld();
    // The rotation and the user's row come first. The rotation takes effect, the first attempts of the mark do not.
    const fault = (call: number) => (call < 2 ? "half a body, after the write" : "no response");
    const plan: FaultPlan = { call: "every", fault, retriesFail: 2 };
    // 600 ms for two attempts of the rotation; its mark needs 600 ms more.
    expect(await refreshStalled(world, plan, 2100, 300)).toBe(503);
    world.library.clock.advance(PAST_THE_WINDOW_SECONDS);
    expect((await refresh?.(world, world.library, {}))?.statusCode).toBe(200);
  });
});

describe("an authorizer whose calls stall", () => {
  const AUTHORIZER_TIMEOUT_MS = 5000;
  const key = anAccessKey("ES256");

  it.each(["lookup", "feed", "keys"] as const)("fails closed in time: %s (A6, A7)", async (asked) => {
    const token = await anAccessToken(key);
    for (const fault of STALLS) {
      const plan = { call: "every", fault, retriesFail: true } as const;
      const library = sessionLibrary(database);
      const { time, isolated, context, stop } = await createExecutionEnvironment(library, plan, AUTHORIZER_TIMEOUT_MS);
      const { clock } = library;
      const { keys } = database.tableNames;
      const authorize = anAuthorizer(key, {
        ...(asked === "lookup" && { isRevoked: lookup(isolated.dependencies.sessions, clock.now) }),
        ...(asked === "feed" && {
          isRevoked: library.createFeed(isolated.client),
        }),
        ...(asked === "keys" && {
          verify: cachedVerifier(
            verificationKeySource(isolated.client, keys, clock.moment),
            verifierSettings,
            clock.now,
          ),
        }),
      });
      for (const { event } of EVENT_SHAPES.slice(0, 1)) {
        const outcome = await getOutcome(authorize(event({ headers: { Authorization: `Bearer ${token}` } }), context));
        expect([outcome, fault]).toEqual([500, fault]);
      }
      expect(time.now()).toBeLessThanOrEqual(AUTHORIZER_TIMEOUT_MS - 500);
      await stop();
    }
  });
});
