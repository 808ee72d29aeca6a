import { randomUUID } from "node:crypto";
import * as z from "zod/mini";

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text as JSON; undefined where it is none. */
  readonly body: unknown;
};

export type Call = {
  /** Sent as JSON, a string as it is. */
  readonly body?: unknown;
  /** An access token. */
  readonly bearer?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Account = { readonly email: string; readonly password: string };
export type DeviceOptions = { readonly deviceName?: string; readonly userAgent?: string };

const Tokens = z.object({
  access_token: z.string(),
  token_type: z.literal("Bearer"),
  expires_in: z.number(),
  refresh_token: z.string(),
  refresh_expires_in: z.number(),
  session_id: z.string(),
  user: z.looseObject({ id: z.string(), email: z.string() }),
});
/** What login, refresh and a change of password answer a bearer client. */
export type Tokens = z.infer<typeof Tokens>;

const Sessions = z.object({
  sessions: z.array(z.looseObject({ session_id: z.string(), current: z.boolean(), device: z.looseObject({}) })),
});
const Time = z.object({ epoch_seconds: z.number() });
const Calls = z.record(z.string(), z.record(z.string(), z.number()));

/** A client that is as plain as curl: it knows routes and members, and judges nothing. */
export type SessionApi = ReturnType<typeof createSessionApi>;

/** @param url of a service that serves `/_local/` controls */
export const createSessionApi = (url: string) => {
  const call = async (method: string, path: string, { body, bearer, headers }: Call = {}): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parseJson(text) };
  };

  const advance = async (seconds: number): Promise<void> => {
    await call("POST", "/_local/clock", { body: { advance_seconds: seconds } });
  };

  /** Waits by the service's clock where there were too many tries. For what comes before the story of a test. */
  const patiently = async (attempt: () => Promise<Answer>): Promise<Answer> => {
    for (;;) {
      const response = await attempt();
      if (response.status !== 429) return response;
      await advance(Number(response.headers.get("retry-after")));
    }
  };

  const register = (account: Account & { readonly name?: string }) => call("POST", "/auth/register", { body: account });

  const login = (account: Account, { deviceName, userAgent }: DeviceOptions = {}) =>
    call("POST", "/auth/login", {
      body: { ...account, ...(deviceName === undefined ? {} : { device_name: deviceName }) },
      headers: userAgent === undefined ? {} : { "user-agent": userAgent },
    });

  const refresh = (refreshToken: string, idempotencyKey?: string) =>
    call("POST", "/auth/refresh", {
      body: { refresh_token: refreshToken },
      headers: idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey },
    });

  return {
    url,
    call,
    register,
    login,
    refresh,
    me: (accessToken: string) => call("GET", "/auth/me", { bearer: accessToken }),
    logout: (refreshToken: string) => call("POST", "/auth/logout", { body: { refresh_token: refreshToken } }),
    changePassword: (accessToken: string, account: Account, newPassword: string) =>
      call("POST", "/auth/password", {
        bearer: accessToken,
        body: { current_password: account.password, new_password: newPassword },
      }),

    /** A new account, so that tests do not meet in one. */
    newAccount: async (): Promise<Account> => {
      const account = anAccount();
      const response = await patiently(() => register(account));
      if (response.status !== 201) throw new Error(`The account was not created: ${response.status} ${response.text}`);
      return account;
    },
    /** Logs in where that is not what the test is about. */
    signIn: async (account: Account, device?: DeviceOptions): Promise<Tokens> =>
      getTokens(await patiently(() => login(account, device))),
    /** The tokens of a refresh that must succeed. */
    rotate: async (tokens: Tokens, idempotencyKey?: string): Promise<Tokens> =>
      getTokens(await refresh(tokens.refresh_token, idempotencyKey)),
    sessions: async (accessToken: string) =>
      Sessions.parse((await call("GET", "/auth/sessions", { bearer: accessToken })).body).sessions,

    /** Moves the time of the whole service. */
    advance,
    /** Deploys with these settings beside those of the start, under the clients that are there. */
    deploy: async (settings: Readonly<Record<string, string>>): Promise<void> => {
      const response = await call("POST", "/_local/deploy", { body: { settings } });
      if (response.status !== 200) throw new Error(`Not deployed: ${response.status} ${response.text}`);
    },
    /** The time of the service, in epoch seconds. */
    now: async () => Time.parse((await call("GET", "/_local/clock")).body).epoch_seconds,
    /** DynamoDB operations since the last reset, by function and operation. */
    dynamoDbCalls: async () => Calls.parse((await call("GET", "/_local/calls")).body),
    resetDynamoDbCalls: () => call("POST", "/_local/calls"),
  };
};

/** Nobody has this account yet. */
export const anAccount = (): Account => ({
  email: `somebody-${randomUUID()}@example.com`,
  password: "seven quiet herons",
});

/** @throws Error with the answer when it is none with tokens */
export const getTokens = (response: Answer): Tokens => {
  const tokens = Tokens.safeParse(response.body);
  if (response.status === 200 && tokens.success) return tokens.data;
  throw new Error(`No tokens: ${response.status} ${response.text}`);
};

/** The claims of a token, its signature unchecked: for a test that wants to read what it was given. */
export const getClaims = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
