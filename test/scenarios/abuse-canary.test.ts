import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { describeWithOwnService } from "../support/deployed-stack.ts";
import { it } from "../support/it.ts";
import type { Service } from "../support/service-process.ts";
import { type ApiResponse, anAccount, type Call, getTokens } from "../support/session-api.ts";

const describe = describeWithOwnService("reads the log of the functions");

/** Every field name that a log line may have, at any depth. Before you add a field, make sure that its value is not a secret. */
const ALLOWED_NAMES = new Set([
  ...["time", "level", "event", "requestId", "ip", "userAgent", "durationMs"],
  ...["userId", "sessionId", "emailHash", "reason", "replayed", "route", "limit", "retryAfterSeconds", "failures"],
  ...["error", "cause", "name", "at", "outcome", "action", "key", "use", "alg", "kid", "from", "to"],
  // Metrics in the embedded metric format of CloudWatch.
  ...["service", "_aws", "Timestamp", "CloudWatchMetrics", "Namespace", "Dimensions", "Metrics", "Name", "Unit"],
  ...["LoginAttempts", "LoginSuccesses", "LoginFailures", "LoginDuration", "Registrations"],
  ...["Refreshes", "RefreshReplays", "RefreshRejections", "RefreshDuration", "RefreshTokenReuses", "SessionsRevoked"],
  ...["PasswordChanges", "PasswordChangeFailures", "Throttled", "LockOuts", "KeyAge"],
  ...["AuthorizerAllowed", "AuthorizerRejected", "AuthorizerDenied", "AuthorizerFaults", "AuthorizerDuration"],
]);

let service: Service;
const canaries: string[] = [];
const responses: { readonly what: string; readonly response: ApiResponse; readonly echoed: readonly string[] }[] = [];

/** Creates a secret that occurs nowhere else. */
const canary = (): string => {
  const text = `canary${randomUUID().replaceAll("-", "")}`;
  canaries.push(text);
  return text;
};

/**
 * Sends a request and keeps the response.
 * @param echoed canaries that the response may show: the caller's own name and address
 */
const send = async (method: string, path: string, call: Call, echoed: readonly string[] = []): Promise<ApiResponse> => {
  const response = await service.call(method, path, call);
  responses.push({ what: `${method} ${path} ${response.status}`, response, echoed });
  return response;
};

const BODIES: Readonly<Record<string, readonly string[]>> = {
  "POST /auth/register": ["email", "password", "name"],
  "POST /auth/login": ["email", "password", "transport", "device_name", "device_token"],
  "POST /auth/refresh": ["refresh_token"],
  "POST /auth/logout": ["refresh_token"],
  "POST /auth/password": ["current_password", "new_password"],
  "POST /auth/logout-all": ["keep_current"],
  "GET /auth/me": [],
  "GET /auth/sessions": [],
  "DELETE /auth/sessions/{id}": [],
  "GET /auth/csrf": [],
  "GET /health": [],
  "GET /.well-known/jwks.json": [],
  "GET /.well-known/openid-configuration": [],
};
const GOOD: Readonly<Record<string, unknown>> = { email: "jane@example.com", transport: "bearer", keep_current: true };

/** The bodies for a route: a canary as text in each field, in another type, in all fields, in an unknown field, and in malformed JSON. */
const getBodies = (fields: readonly string[]): readonly unknown[] => {
  const good = () => Object.fromEntries(fields.map((field) => [field, GOOD[field] ?? canary()]));
  const everywhere = () => Object.fromEntries(fields.map((field) => [field, canary()]));
  return [
    ...fields.flatMap((field) =>
      [canary(), [canary()], { [canary()]: canary() }].map((bad) => ({ ...good(), [field]: bad })),
    ),
    everywhere(),
    { ...good(), [canary()]: canary() },
    `{"password":"${canary()}"`,
    [canary()],
  ];
};

const getHeaders = (): Readonly<Record<string, string>> => ({
  "idempotency-key": canary(),
  "x-csrf-token": canary(),
  "x-latchkey-origin-secret": canary(),
  cookie: `__Host-latchkey-access=${canary()}; __Host-latchkey-refresh=${canary()}; __Host-latchkey-device=${canary()}`,
});

it.override("serviceOptions", { verbose: true, settings: { loginFailuresPerAddressPerMinute: 1000 } });
it.beforeAll(async ({ service: started }) => {
  service = started;

  for (const [route, fields] of Object.entries(BODIES)) {
    const [method = "", path = ""] = route.replace("{id}", canary()).split(" ");
    const bodies = method === "POST" ? getBodies(fields) : [undefined];
    for (const body of bodies) {
      const called = typeof body === "object" && body !== null && "name" in body ? [String(body.name)] : [];
      await send(method, path, { body, headers: getHeaders() }, called);
      await send(method, path, { body, bearer: canary() });
    }
  }

  // The life of an account, with bearer tokens and with cookies. Every secret is a canary or is added to the canaries.
  const account = { ...anAccount(), password: canary() };
  const name = canary();
  await send("POST", "/auth/register", { body: { ...account, name } }, [name]);
  await send("POST", "/auth/register", { body: account });
  const keep = (response: ApiResponse) => {
    for (const [field, value] of Object.entries(response.body as Record<string, unknown>)) {
      if (/token$/.test(field) && typeof value === "string") canaries.push(value);
    }
    return response;
  };
  const secretsIn = ({ text }: ApiResponse) => canaries.filter((each) => text.includes(each));
  const issue = async (path: string, call: Call) => {
    const response = keep(await service.call("POST", path, call));
    responses.push({ what: `POST ${path} ${response.status}`, response, echoed: [name, ...secretsIn(response)] });
    return response;
  };
  const tokens = getTokens(await issue("/auth/login", { body: account }));
  const rotated = getTokens(await issue("/auth/refresh", { body: { refresh_token: tokens.refresh_token } }));
  await send("POST", "/auth/login", { body: { ...account, password: canary() } });
  const next = canary();
  const change = { current_password: canary(), new_password: next };
  await send("POST", "/auth/password", { body: change, bearer: rotated.access_token });
  const changed = getTokens(
    await issue("/auth/password", {
      body: { ...change, current_password: account.password },
      bearer: rotated.access_token,
    }),
  );
  await send("GET", "/auth/me", { bearer: changed.access_token }, [name]);
  const inCookies = await issue("/auth/login", { body: { ...account, password: next, transport: "cookie" } });
  for (const cookie of inCookies.headers.getSetCookie()) canaries.push(/=([^;]+)/.exec(cookie)?.[1] ?? "");
  const stolen = getTokens(await issue("/auth/login", { body: { ...account, password: next } }));
  const once = getTokens(await issue("/auth/refresh", { body: { refresh_token: stolen.refresh_token } }));
  await issue("/auth/refresh", { body: { refresh_token: once.refresh_token } });
  await send("POST", "/auth/refresh", { body: { refresh_token: stolen.refresh_token } });
  const last = getTokens(await issue("/auth/login", { body: { ...account, password: next } }));
  await send("POST", "/auth/logout", { body: { refresh_token: last.refresh_token } });
  // The limit counts failures in fixed windows of a minute. All six must fall into one window.
  await service.advance(60 - ((await service.now()) % 60));
  for (let attempt = 0; attempt < 6; attempt++) {
    await send("POST", "/auth/login", { body: { ...account, password: canary() } });
  }
});

describe("a canary in every field of every route", () => {
  it("is in no line of the log (G1)", () => {
    const printed = service.printed();
    expect(canaries.length).toBeGreaterThan(300);
    expect(canaries.filter((each) => each === "" || printed.includes(each))).toEqual([]);
  });

  it("is in no response, except the owner's own name and address (E1, G1)", () => {
    const leaks = responses.flatMap(({ what, response, echoed }) =>
      canaries.filter((each) => response.text.includes(each) && !echoed.includes(each)).map((each) => ({ what, each })),
    );
    expect(leaks).toEqual([]);
  });

  it("never causes a 5xx (E1)", () => {
    expect(responses.filter(({ response }) => response.status >= 500).map(({ what }) => what)).toEqual([]);
  });
});

describe("the lines of the log", () => {
  const lines = () =>
    service
      .printed()
      .split("\n")
      .flatMap((line) => /^\[[\w-]+\] (\{.*\})$/.exec(line)?.[1] ?? [])
      .map((line): Record<string, unknown> => JSON.parse(line));

  const namesIn = (value: unknown): string[] => {
    if (Array.isArray(value)) return value.flatMap(namesIn);
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => [key, ...namesIn(inner)]);
  };

  it("have only allowed fields (G1)", () => {
    const names = new Set(lines().flatMap(namesIn));
    expect([...names].filter((each) => !ALLOWED_NAMES.has(each))).toEqual([]);
  });

  it("report every event with the user, the action, the address and the request id (G2)", () => {
    const events = lines().filter(({ requestId, ip }) => requestId !== undefined && ip !== undefined);
    expect(new Set(events.map(({ event }) => event))).toEqual(
      new Set([
        "account_registered",
        "login_succeeded",
        "login_failed",
        "session_refreshed",
        "refresh_rejected",
        "refresh_token_reused",
        "session_revoked",
        "password_changed",
        "password_change_failed",
        "request_throttled",
      ]),
    );
    for (const { time, userAgent } of events) {
      expect([time, userAgent]).toEqual([
        expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        expect.any(String),
      ]);
    }
  });

  it("have the names and dimensions that the dashboard of the stack plots", async () => {
    const { text: page } = await service.call("GET", "/_local");
    for (const label of [
      "attempts",
      "successes",
      "failures",
      "refreshed",
      "reuses",
      "registered",
      "rejected \\(401\\)",
    ]) {
      expect(page).toMatch(new RegExp(`</i>${label} <b>[1-9]`));
    }
    // One series for each reason of a failed login, each limit of each route, and each reason of a revocation.
    for (const label of ["wrong_password", "login account_address", "sessions revoked: logout"]) {
      expect(page).toMatch(new RegExp(`</i>${label} <b>[1-9]`));
    }
    expect(canaries.filter((each) => page.includes(each))).toEqual([]);
  });
});
