import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { bundle } from "../../infra/bundle.ts";
import { toEnvironment } from "../../infra/environment.ts";
import { type FunctionSpec, ROUTED_FUNCTIONS, type Route } from "../../infra/functions.ts";
import { parseSettings } from "../../infra/parse-settings.ts";
import { ERRORS } from "../../shared/contract/errors.ts";
import { isErrorCode } from "../../shared/errors.ts";
import type { HttpHandler } from "../../shared/http/handler.ts";
import { aRequest } from "../support/http-events.ts";
import { printedInEachTest } from "../support/printed.ts";

/**
 * The authorizer allows a request to Latchkey's own API that it denies with 403, and puts the denial into the context
 * (docs/decisions/0024). So every authorized route must reject such a request before it does anything. These tests call the
 * bundles that are deployed, for every authorized route of the API.
 */

const isAuthorized = ({ authorized }: Route): boolean => authorized === true;
const specs: readonly FunctionSpec[] = ROUTED_FUNCTIONS.filter(({ routes }) => routes.some(isAuthorized));

/** Every authorized route, and HEAD beside each GET. */
const ROUTES = specs.flatMap(({ name, routes }) =>
  routes.filter(isAuthorized).flatMap(({ method, path }) => {
    const methods = method === "GET" ? ["GET", "HEAD"] : [method];
    return methods.map((each) => [name, each, path] as const);
  }),
);

const printed = printedInEachTest();
const handlers = new Map<string, HttpHandler>();
let folder: string;
let aws: Server;
let calls: string[] = [];

/** Stands in for DynamoDB and Secrets Manager: notes each call and rejects it. */
const startAws = async (): Promise<string> => {
  aws = createServer((request, response) => {
    calls.push(String(request.headers["x-amz-target"]));
    response.writeHead(400, { "content-type": "application/x-amz-json-1.0" }).end('{"__type":"ValidationException"}');
  });
  aws.listen(0, "127.0.0.1");
  await once(aws, "listening");
  const address = aws.address();
  if (address === null || typeof address === "string") throw new Error("The stand-in for AWS has no port");
  return `http://127.0.0.1:${address.port}`;
};

beforeAll(async () => {
  const environment = {
    ...toEnvironment(parseSettings({}), "https://auth.example.com"),
    USERS_TABLE: "Users",
    SESSIONS_TABLE: "Sessions",
    THROTTLE_TABLE: "Throttle",
    KEYS_TABLE: "Keys",
    KEY_RING_SECRET_ID: "KeyRing",
    AWS_ENDPOINT_URL: await startAws(),
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  folder = mkdtempSync(join(tmpdir(), "latchkey-denied-"));
  const getBundle = bundle(
    specs.map(({ name }) => `functions/${name}/index.ts`),
    folder,
  );
  for (const { name } of specs) {
    const file = join(getBundle(`functions/${name}/index.ts`), "index.mjs");
    const module: { handler: HttpHandler } = await import(/* @vite-ignore */ pathToFileURL(file).href);
    handlers.set(name, module.handler);
  }
}, 60_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
  aws.closeAllConnections();
  await new Promise((resolve) => aws.close(resolve));
});

beforeEach(() => {
  calls = [];
});

/** A request that the function would serve, with these members in the context of the authorizer. */
const send = async (name: string, method: string, resource: string, context: Readonly<Record<string, unknown>>) => {
  const handler = handlers.get(name);
  if (handler === undefined) throw new Error(`There is no bundle of ${name}`);
  const body =
    resource === "/auth/password" ? { current_password: "a window", new_password: "a window above the harbour" } : null;
  const event = aRequest({
    method,
    path: resource.replace("{id}", "c2Vzc2lvbg"),
    body,
    authorizer: { sub: "dXNlcg", sid: "c2Vzc2lvbg", scope: "account", ...context },
  });
  return handler({ ...event, resource, pathParameters: { id: "c2Vzc2lvbg" } }, {});
};

describe("a request with a denial in the context of the authorizer", () => {
  it("is tried on every authorized route", () => {
    expect(ROUTES.length).toBeGreaterThan(5);
  });

  describe.each(ROUTES)("to %s: %s %s", (name, method, path) => {
    it.each(["csrf_failed", "insufficient_scope"])("is 403 for %s, without a call to AWS (A6)", async (denial) => {
      const { statusCode, body } = await send(name, method, path, { denial });
      expect({ statusCode, calls }).toEqual({ statusCode: 403, calls: [] });
      if (method !== "HEAD") expect(JSON.parse(body)).toMatchObject({ error: denial });
    });

    it.each(["invalid_token", "nonsense", "", "toString", 1, true])(
      "is rejected for the denial %j too, without a call to AWS (A6)",
      async (denial) => {
        const { statusCode } = await send(name, method, path, { denial });
        const expected = isErrorCode(denial) ? ERRORS[denial].status : ERRORS.internal_error.status;
        expect({ statusCode, calls }).toEqual({ statusCode: expected, calls: [] });
      },
    );

    it("calls AWS without a denial, so the tests above would see a call", async () => {
      await send(name, method, path, {});
      expect(calls).not.toEqual([]);
      expect(printed.lines()).not.toEqual([]);
    });
  });
});
