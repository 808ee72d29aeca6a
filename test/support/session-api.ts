import { randomUUID } from "node:crypto";
import * as z from "zod/mini";

/** A response of the service, read to the end. */
export type ApiResponse = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text as JSON. Undefined if the text is not JSON. */
  readonly body: unknown;
};

/** The parts of a request that a test sets. */
export type Call = {
  /** Sent as JSON. A string is sent as it is. */
  readonly body?: unknown;
  /** An access token. */
  readonly bearer?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
};

/** The credentials of an account. */
export type Account = { readonly email: string; readonly password: string };
/** How a device presents itself at login. */
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
/** The body of a successful login, refresh or password change of a bearer client. */
export type Tokens = z.infer<typeof Tokens>;

const Sessions = z.object({
  sessions: z.array(z.looseObject({ session_id: z.string(), current: z.boolean(), device: z.looseObject({}) })),
});
const Time = z.object({ epoch_seconds: z.number() });
const Calls = z.record(z.string(), z.record(z.string(), z.number()));

/** A plain client. The client knows the routes and the members of the bodies, and checks nothing. */
export type SessionApi = ReturnType<typeof createSessionApi>;

/**
 * Creates a plain client of a service.
 * @param url of the service, without a trailing slash
 * @param pause waits until the service accepts the next attempt. @default moves the clock of the service by `/_local/clock`
 */
export const createSessionApi = (url: string, pause?: (seconds: number) => Promise<void>) => {
  const call = async (method: string, path: string, { body, bearer, headers }: Call = {}): Promise<ApiResponse> => {
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

  /** Sends a request again after the pause of `Retry-After`, as long as the response is 429. For the steps before the subject of a test. */
  const retryWhileThrottled = async (attempt: () => Promise<ApiResponse>): Promise<ApiResponse> => {
    for (;;) {
      const response = await attempt();
      if (response.status !== 429) return response;
      await (pause ?? advance)(Number(response.headers.get("retry-after")));
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

    /** Registers an account that no other test uses. @throws Error if the response is not 201 */
    newAccount: async (): Promise<Account> => {
      const account = anAccount();
      const response = await retryWhileThrottled(() => register(account));
      if (response.status !== 201) throw new Error(`The account was not created: ${response.status} ${response.text}`);
      return account;
    },
    /** Logs in, where the login is not the subject of the test. @throws Error if the response has no tokens */
    signIn: async (account: Account, device?: DeviceOptions): Promise<Tokens> =>
      getTokens(await retryWhileThrottled(() => login(account, device))),
    /** Refreshes the session and returns the new tokens. @throws Error if the response has no tokens */
    rotate: async (tokens: Tokens, idempotencyKey?: string): Promise<Tokens> =>
      getTokens(await refresh(tokens.refresh_token, idempotencyKey)),
    sessions: async (accessToken: string) =>
      Sessions.parse((await call("GET", "/auth/sessions", { bearer: accessToken })).body).sessions,

    /** Moves the clock of the whole service forward. */
    advance,
    /** Deploys again while clients are connected. These settings are added to the settings of the start. */
    deploy: async (settings: Readonly<Record<string, string>>): Promise<void> => {
      const response = await call("POST", "/_local/deploy", { body: { settings } });
      if (response.status !== 200) throw new Error(`Not deployed: ${response.status} ${response.text}`);
    },
    /** The time of the service, in epoch seconds. */
    now: async () => Time.parse((await call("GET", "/_local/clock")).body).epoch_seconds,
    /** The number of DynamoDB operations since the last reset, by function and operation. */
    dynamoDbCalls: async () => Calls.parse((await call("GET", "/_local/calls")).body),
    resetDynamoDbCalls: () => call("POST", "/_local/calls"),
  };
};

/** Credentials with a random address that no account has. */
export const anAccount = (): Account => ({
  email: `somebody-${randomUUID()}@example.com`,
  password: "seven quiet herons",
});

/** Reads the tokens of a response. @throws Error with the response if it has no tokens */
export const getTokens = (response: ApiResponse): Tokens => {
  const tokens = Tokens.safeParse(response.body);
  if (response.status === 200 && tokens.success) return tokens.data;
  throw new Error(`No tokens: ${response.status} ${response.text}`);
};

/** Reads the claims of a token without a check of the signature. */
export const getClaims = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
