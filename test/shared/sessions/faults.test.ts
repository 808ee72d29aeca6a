import { randomUUID } from "node:crypto";
import type { APIGatewayProxyResult } from "aws-lambda";
import { describe, expect, vi } from "vitest";
import { createLogin } from "../../../functions/login/handler.ts";
import { createLogout } from "../../../functions/logout/handler.ts";
import { createPassword } from "../../../functions/password/handler.ts";
import { createRefresh } from "../../../functions/refresh/handler.ts";
import { createRegister } from "../../../functions/register/handler.ts";
import { createSessions } from "../../../functions/sessions/handler.ts";
import { disableUser } from "../../../shared/accounts/administer-user.ts";
import { isTemporary } from "../../../shared/aws/errors.ts";
import { hashPassword } from "../../../shared/passwords/hash-password.ts";
import type { IssuedTokens } from "../../../shared/sessions/issue-tokens.ts";
import type { User } from "../../../shared/users/user.ts";
import { createDocumentClient } from "../../../shared/wiring/aws-clients.ts";
import type { TestDynamoDb } from "../../support/dynamodb.ts";
import { FAULTS, type Fault, type FaultyProxy, startFaultyProxy } from "../../support/faulty-proxy.ts";
import { aRequest } from "../../support/http-events.ts";
import { httpOptions } from "../../support/http-options.ts";
import { it } from "../../support/it.ts";
import { isLongSearch } from "../../support/runs.ts";
import { caller, getTokens, PASSWORD, type SessionLibrary, sessionLibrary } from "../../support/session-library.ts";
import { virtualTiming } from "../../support/virtual-timing.ts";

const PAST_THE_WINDOW_SECONDS = 60;
const NEW_PASSWORD = "another battery, another staple";

let database: TestDynamoDb;
it.beforeAll(({ database: started }) => {
  // Hundreds of lines about faults that were made on purpose.
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  database = started;
});

/** A user with three devices, of which the first has rotated twice. */
type World = {
  readonly library: SessionLibrary;
  readonly user: User;
  /** The first device's first token, long rotated away. */
  readonly stolen: IssuedTokens;
  readonly mine: IssuedTokens;
  readonly others: readonly IssuedTokens[];
  readonly email: string;
};

const aWorld = async (): Promise<World> => {
  const library = sessionLibrary(database);
  const user = await library.signUp();
  const logIn = async () => getTokens(await library.logIn(user));
  const stolen = await logIn();
  const parent = getTokens(await library.refresh(stolen.refreshToken));
  const mine = getTokens(await library.refresh(parent.refreshToken));
  return {
    library,
    user,
    stolen,
    mine,
    others: [await logIn(), await logIn()],
    email: `new-${randomUUID()}@example.com`,
  };
};

type HttpResponse = Pick<APIGatewayProxyResult, "statusCode" | "headers" | "body">;
type Time = ReturnType<typeof virtualTiming>;
type Environment = ReturnType<SessionLibrary["createEnvironment"]>;

/** A request of one client, and the handler that serves it. */
type Operation = {
  readonly name: string;
  readonly request: (world: World, environment: Environment) => Promise<HttpResponse>;
  /** The status of the response without a fault, and of the repeated request. */
  readonly status: number;
  /** Checks the state after a response with that status. */
  readonly done: (world: World, response: HttpResponse) => Promise<void>;
};

const options = { ...httpOptions, log: () => {} };
const post = (path: string, body: Record<string, unknown>, world?: World) =>
  aRequest({
    path,
    body,
    ...(world === undefined ? {} : { authorizer: { sub: world.user.userId, sid: world.mine.session.sessionId } }),
  });

const usable = async ({ library }: World, tokens: IssuedTokens) => library.isUsable(tokens.session);
const expectDead = async (world: World, ...dead: readonly IssuedTokens[]) => {
  for (const tokens of dead) {
    // The row itself must say so: an authorizer in `lookup` mode reads nothing else.
    expect(await world.library.dependencies.sessions.find(tokens.session)).toHaveProperty("revokedAt");
    expect((await world.library.refresh(tokens.refreshToken)).outcome).toBe("rejected");
  }
};
const expectRefreshable = async ({ library }: World, refreshToken: string) =>
  expect((await library.refresh(refreshToken)).outcome).toBe("rotated");
const refreshTokenIn = ({ body }: HttpResponse): string => JSON.parse(body).refresh_token;

const operations: readonly Operation[] = [
  {
    name: "register",
    request: ({ email, library }, { dependencies }) =>
      createRegister(
        { ...dependencies, hash: (password) => hashPassword(password, library.ring(), { cost: 4 }) },
        httpOptions,
      )(post("/auth/register", { email, password: PASSWORD }), {}),
    status: 201,
    done: async ({ library, user, email }) => {
      expect(await library.logIn({ ...user, email })).toBeDefined();
    },
  },
  {
    name: "login",
    request: ({ user }, { dependencies }) =>
      createLogin(dependencies, httpOptions)(post("/auth/login", { email: user.email, password: PASSWORD }), {}),
    status: 200,
    done: (world, response) => expectRefreshable(world, refreshTokenIn(response)),
  },
  {
    name: "refresh",
    request: ({ mine }, { dependencies }) =>
      createRefresh(dependencies, httpOptions)(post("/auth/refresh", { refresh_token: mine.refreshToken }), {}),
    status: 200,
    done: async (world, response) => {
      const row = await world.library.dependencies.sessions.find(world.mine.session);
      expect(row).toMatchObject({ generation: 3 });
      await expectRefreshable(world, refreshTokenIn(response));
    },
  },
  {
    name: "a stolen token's refresh",
    request: ({ stolen }, { dependencies }) =>
      createRefresh(dependencies, httpOptions)(post("/auth/refresh", { refresh_token: stolen.refreshToken }), {}),
    status: 401,
    done: (world) => expectDead(world, world.mine),
  },
  {
    name: "logout",
    request: ({ stolen }, { dependencies }) =>
      createLogout(dependencies, httpOptions)(post("/auth/logout", { refresh_token: stolen.refreshToken }), {}),
    status: 204,
    done: (world) => expectDead(world, world.mine),
  },
  {
    name: "the revocation of another device's session",
    request: (world, { dependencies }) =>
      createSessions(dependencies, options)(
        {
          ...post("", {}, world),
          httpMethod: "DELETE",
          resource: "/auth/sessions/{id}",
          pathParameters: { id: world.others[0]?.session.sessionId ?? "" },
        },
        {},
      ),
    status: 204,
    done: async (world) => {
      await expectDead(world, ...world.others.slice(0, 1));
      expect(await usable(world, world.mine)).toBe(true);
    },
  },
  {
    name: "logout-all",
    request: (world, { dependencies }) =>
      createSessions(dependencies, options)(post("/auth/logout-all", {}, world), {}),
    status: 204,
    done: (world) => expectDead(world, world.mine, ...world.others),
  },
  {
    name: "logout-all except this session",
    request: (world, { dependencies }) =>
      createSessions(dependencies, options)(post("/auth/logout-all", { keep_current: true }, world), {}),
    status: 204,
    done: async (world) => {
      await expectDead(world, ...world.others);
      expect(await usable(world, world.mine)).toBe(true);
    },
  },
  {
    name: "a password change",
    request: (world, { dependencies }) =>
      createPassword(dependencies, httpOptions)(
        post("/auth/password", { current_password: PASSWORD, new_password: NEW_PASSWORD }, world),
        {},
      ),
    status: 200,
    done: async (world, response) => {
      await expectDead(world, ...world.others);
      expect(await world.library.logIn(world.user)).toBeUndefined();
      expect(await world.library.logIn(world.user, NEW_PASSWORD)).toBeDefined();
      await expectRefreshable(world, refreshTokenIn(response));
    },
  },
  {
    name: "the disablement of an account",
    request: async ({ user }, { dependencies }) => {
      try {
        const found = await disableUser(dependencies, user.userId, caller);
        return { statusCode: found ? 204 : 404, body: "" };
      } catch (error) {
        // The operator's command has no HTTP response. Its user may retry where an HTTP client would be told to retry.
        if (!isTemporary(error)) throw error;
        return { statusCode: 503, headers: { "Retry-After": "1" }, body: '{"error":"temporarily_unavailable"}' };
      }
    },
    status: 204,
    done: (world) => expectDead(world, world.mine, ...world.others),
  },
];

/** A client with the limits of a deployed function, on timers that a stall moves: no test waits or depends on the speed of the machine. */
const createClient = (proxy: FaultyProxy, { timing }: Time) =>
  createDocumentClient(
    {
      endpoint: proxy.endpoint,
      region: "eu-central-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    },
    { attemptMs: 1000, callMs: 3500, maxAttempts: 3, timing },
  );

/**
 * Whether the SDK's own retries fail too. `npm test` leaves out the faults that wait for seconds, and those that differ from
 * another fault only in the SDK's name for them. The long search tries all faults.
 */
const listVariants = (fault: Fault): readonly boolean[] => {
  if (isLongSearch) return [true, false];
  if (fault === "throttled" || fault === "connection dropped after the write") return [true, false];
  return fault === "no response after the write" ? [false] : [];
};

let injected = 0;

const countCalls = async (proxy: FaultyProxy, time: Time, operation: Operation): Promise<number> => {
  const world = await aWorld();
  proxy.arm({ call: -1, fault: "throttled", retriesFail: false });
  const response = await operation.request(world, world.library.createEnvironment(createClient(proxy, time)));
  const { calls } = proxy.disarm();
  expect(response.statusCode).toBe(operation.status);
  await operation.done(world, response);
  return calls;
};

describe("whichever call to DynamoDB fails, and however", () => {
  it.concurrent.each(operations)(
    "$name can be repeated and is then done (S3)",
    async (operation) => {
      const time = virtualTiming();
      const proxy = await startFaultyProxy(database.endpoint, { onStall: time.passToNextTimer });
      const calls = await countCalls(proxy, time, operation);
      expect(calls).toBeGreaterThan(0);
      for (let call = 0; call < calls; call += 1) {
        for (const fault of FAULTS) {
          for (const retriesFail of listVariants(fault)) {
            const world = await aWorld();
            const plan = { call, fault, retriesFail };
            proxy.arm(plan);
            const client = createClient(proxy, time);
            const first = await operation.request(world, world.library.createEnvironment(client));
            const { spoiled } = proxy.disarm();
            client.destroy();
            injected += spoiled;

            const context = `${operation.name}, ${JSON.stringify(plan)}: ${first.body}`;
            // Some calls are made only if another call was slow. Then there is nothing to spoil.
            if (spoiled === 0 && call > 0) continue;
            expect(spoiled, context).toBeGreaterThan(0);
            if (first.statusCode !== operation.status) {
              expect(first, context).toMatchObject({ statusCode: 503, headers: { "Retry-After": expect.any(String) } });
              expect(JSON.parse(first.body).error).toBe("temporarily_unavailable");
            }
            if (operation.status !== 401) expect(isTheft(world), context).toBe(false);
            // A client that was told to retry may do so after the replay window.
            if (first.statusCode === 503) world.library.clock.advance(PAST_THE_WINDOW_SECONDS);

            const again = await operation.request(world, world.library);
            expect(again.statusCode, `${context}, then ${again.body}`).toBe(statusOfRepeat(operation, first));
            await operation.done(world, again.statusCode === 409 ? first : again);
          }
        }
      }
      await proxy.stop();
    },
    600_000,
  );

  it("many faults were injected (S3)", () => {
    expect(injected).toBeGreaterThan(200);
  });
});

/** A registration is the only request that cannot be done twice. */
const statusOfRepeat = (operation: Operation, first: HttpResponse): number =>
  operation.name === "register" && first.statusCode === 201 ? 409 : operation.status;

const isTheft = ({ library }: World): boolean => library.audited.some(({ event }) => event === "refresh_token_reused");
