import type { Environment } from "./environment.ts";

/** A route of the API and whether a caller needs a session for it. */
export type Route = {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: `/${string}`;
  readonly authorized?: true;
};

type TableName = "users" | "sessions" | "throttle" | "keys";
type ItemAction = "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem";

/** One Lambda: its folder under `functions/`, its routes, and all that it may touch and know. */
export type FunctionSpec = {
  readonly name: string;
  readonly description: string;
  readonly routes: readonly Route[];
  readonly tables: Readonly<Partial<Record<TableName, readonly ItemAction[]>>>;
  /** Whether the function may query the index of open sessions. @default false */
  readonly liveSessions?: true;
  /** `read` shows it the private keys; only one function may `write`. @default none */
  readonly keyRing?: "read" | "write";
  /** Believes the CDN about a caller's address, and so may read the secret that the CDN proves itself by. @default false */
  readonly viewerAddress?: true;
  readonly environment: readonly (keyof Environment)[];
  /** bcrypt (I4: cost 12 in under 1 s) and the making of RSA keys need a whole CPU. @default false */
  readonly wholeCpu?: true;
};

/** What `shared/wiring/audit.ts` reads. */
const AUDIT = ["AUDIT_EMAILS", "METRICS_NAMESPACE"] as const satisfies readonly (keyof Environment)[];

/** What every function behind a route reads: `shared/http/handler.ts`. */
const HTTP = ["ALLOWED_ORIGINS", "HSTS_INCLUDE_SUBDOMAINS"] as const satisfies readonly (keyof Environment)[];

/** How often passwords may be guessed: `shared/wiring/limits.ts`. */
const GUESSING = [
  "FAILURES_BEFORE_BACKOFF",
  "INITIAL_BACKOFF_SECONDS",
  "MAX_BACKOFF_SECONDS",
  "MAX_CONSECUTIVE_FAILURES",
] as const satisfies readonly (keyof Environment)[];

/** What `shared/wiring/token-recognition.ts` reads. */
const TOKEN_RECOGNIZER = [
  "ISSUER",
  "AUDIENCES",
  "CLOCK_TOLERANCE_SECONDS",
  "FEED_SHARDS",
  ...HTTP,
  ...AUDIT,
] as const satisfies readonly (keyof Environment)[];

/** What `shared/wiring/token-issuer.ts` reads. */
const TOKEN_ISSUER = [
  ...TOKEN_RECOGNIZER,
  "CLIENT_ID",
  "SCOPES",
  "ACCESS_TOKEN_SECONDS",
  "REFRESH_TOKEN_SECONDS",
  "ABSOLUTE_SESSION_SECONDS",
  "COOKIE_IDLE_SECONDS",
  "REPLAY_WINDOW_SECONDS",
] as const satisfies readonly (keyof Environment)[];

/** Makes, publishes, promotes and drops keys: the only function that may write them (I2). */
export const ROTATE_KEYS: FunctionSpec = {
  name: "rotate-keys",
  description: "Rotates the signing keys",
  routes: [],
  tables: { keys: ["GetItem", "PutItem"] },
  keyRing: "write",
  environment: [
    "SIGNING_ALGORITHM",
    "ROTATION_PERIOD_SECONDS",
    "VERIFIER_CACHE_SECONDS",
    "ACCESS_TOKEN_SECONDS",
    "REFRESH_TOKEN_SECONDS",
    "ABSOLUTE_SESSION_SECONDS",
    "CLOCK_TOLERANCE_SECONDS",
    "METRICS_NAMESPACE",
  ],
  wholeCpu: true,
};

/** The functions behind the routes of the API. */
export const ROUTED_FUNCTIONS: readonly FunctionSpec[] = [
  {
    name: "register",
    description: "Creates an account",
    viewerAddress: true,
    routes: [{ method: "POST", path: "/auth/register" }],
    tables: { users: ["GetItem", "PutItem", "DeleteItem"], throttle: ["UpdateItem"] },
    keyRing: "read",
    environment: [
      "REGISTRATION",
      "MIN_PASSWORD_LENGTH",
      "SERVICE_NAME",
      ...HTTP,
      "REGISTRATIONS_PER_ADDRESS_PER_MINUTE",
      "KNOWN_ACCOUNTS_PER_ADDRESS_PER_HOUR",
      "BREACH_LOOKUP_URL",
      ...AUDIT,
    ],
    wholeCpu: true,
  },
  {
    name: "login",
    description: "Checks a password and starts a session",
    viewerAddress: true,
    routes: [{ method: "POST", path: "/auth/login" }],
    tables: {
      users: ["GetItem", "UpdateItem"],
      sessions: ["GetItem", "PutItem", "UpdateItem"],
      throttle: ["UpdateItem"],
    },
    liveSessions: true,
    keyRing: "read",
    environment: [
      ...TOKEN_ISSUER,
      ...GUESSING,
      "LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS_PER_MINUTE",
      "LOGIN_FAILURES_PER_ADDRESS_PER_MINUTE",
      "MAX_LOGINS_PER_ACCOUNT_PER_HOUR",
    ],
    wholeCpu: true,
  },
  {
    name: "refresh",
    description: "Rotates a refresh token and issues the next pair",
    viewerAddress: true,
    routes: [{ method: "POST", path: "/auth/refresh" }],
    tables: { users: ["GetItem"], sessions: ["GetItem", "UpdateItem"] },
    keyRing: "read",
    environment: [...TOKEN_ISSUER, "REFRESH_FAILURES_PER_ADDRESS_PER_MINUTE"],
  },
  {
    name: "logout",
    description: "Ends a session",
    viewerAddress: true,
    routes: [{ method: "POST", path: "/auth/logout" }],
    tables: { sessions: ["GetItem", "UpdateItem"] },
    keyRing: "read",
    environment: TOKEN_RECOGNIZER,
  },
  {
    name: "csrf",
    description: "Tells a page the CSRF token of its session again",
    routes: [{ method: "GET", path: "/auth/csrf" }],
    tables: { sessions: ["GetItem"] },
    keyRing: "read",
    environment: TOKEN_RECOGNIZER,
  },
  {
    name: "me",
    description: "Tells the caller who they are",
    routes: [{ method: "GET", path: "/auth/me", authorized: true }],
    tables: { users: ["GetItem"] },
    environment: [...HTTP],
  },
  {
    name: "sessions",
    description: "Shows the caller's sessions and ends them",
    viewerAddress: true,
    routes: [
      { method: "GET", path: "/auth/sessions", authorized: true },
      { method: "DELETE", path: "/auth/sessions/{id}", authorized: true },
      { method: "POST", path: "/auth/logout-all", authorized: true },
    ],
    tables: { users: ["UpdateItem"], sessions: ["GetItem", "UpdateItem"] },
    liveSessions: true,
    environment: ["FEED_SHARDS", ...HTTP, ...AUDIT],
  },
  {
    name: "password",
    description: "Changes the caller's password and ends every other session",
    viewerAddress: true,
    routes: [{ method: "POST", path: "/auth/password", authorized: true }],
    tables: {
      users: ["GetItem", "UpdateItem"],
      sessions: ["GetItem", "UpdateItem"],
      throttle: ["UpdateItem"],
    },
    liveSessions: true,
    keyRing: "read",
    environment: [...TOKEN_ISSUER, ...GUESSING, "MIN_PASSWORD_LENGTH", "SERVICE_NAME", "BREACH_LOOKUP_URL"],
    wholeCpu: true,
  },
  {
    name: "jwks",
    description: "Publishes the public keys and the metadata document (RFC 7517, RFC 8414)",
    routes: [
      { method: "GET", path: "/.well-known/jwks.json" },
      { method: "GET", path: "/.well-known/openid-configuration" },
    ],
    tables: { keys: ["GetItem"] },
    environment: ["ISSUER", "SCOPES", ...HTTP],
  },
  {
    name: "health",
    description: "Answers that the service runs",
    routes: [{ method: "GET", path: "/health" }],
    tables: {},
    environment: [...HTTP],
  },
];
