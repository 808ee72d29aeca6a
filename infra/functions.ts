import type { Environment } from "./environment.ts";

/** A route of the API. `authorized` routes are behind the authorizer. */
export type Route = {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: `/${string}`;
  readonly authorized?: true;
};

type TableName = "users" | "sessions" | "throttle" | "keys";
type ItemAction = "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem";

/** One Lambda function: its routes, the stores that it may use, and the environment variables that it gets. */
export type FunctionSpec = {
  /** The folder under `functions/`. */
  readonly name: string;
  readonly description: string;
  readonly routes: readonly Route[];
  /** The actions on items that the function may do, by table. */
  readonly tables: Readonly<Partial<Record<TableName, readonly ItemAction[]>>>;
  /** Whether the function may query the index of open sessions. @default false */
  readonly liveSessions?: true;
  /** Whether the function may read the private keys, or also write them. Only one function may write. @default neither */
  readonly keyRing?: "read" | "write";
  /** Whether the function reads the address of the viewer from the CDN. It then may read the origin secret. @default false */
  readonly viewerAddress?: true;
  /** The settings that the function gets. */
  readonly environment: readonly (keyof Environment)[];
  /** Whether the function gets a whole CPU. bcrypt (I4: cost 12 in under 1 s) and the generation of RSA keys need it. @default false */
  readonly wholeCpu?: true;
};

/** The variables that `shared/wiring/audit.ts` reads. */
const AUDIT = ["AUDIT_EMAILS", "METRICS_NAMESPACE"] as const satisfies readonly (keyof Environment)[];

/** The variables that every function behind a route reads. */
const HTTP = ["ALLOWED_ORIGINS", "HSTS_INCLUDE_SUBDOMAINS"] as const satisfies readonly (keyof Environment)[];

/** The variables about wrong passwords that `shared/wiring/limits.ts` reads. */
const GUESSING = [
  "FAILURES_BEFORE_BACKOFF",
  "INITIAL_BACKOFF_SECONDS",
  "MAX_BACKOFF_SECONDS",
  "MAX_CONSECUTIVE_FAILURES",
] as const satisfies readonly (keyof Environment)[];

/** The variables that `shared/wiring/token-recognition.ts` reads. */
const TOKEN_RECOGNIZER = [
  "ISSUER",
  "AUDIENCES",
  "CLOCK_TOLERANCE_SECONDS",
  "FEED_SHARDS",
  ...HTTP,
  ...AUDIT,
] as const satisfies readonly (keyof Environment)[];

/** The variables that `shared/wiring/token-issuer.ts` reads. */
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

/** The function that generates, publishes, promotes and deletes keys. No other function may write keys (I2). */
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
    description: "Revokes a session",
    viewerAddress: true,
    routes: [{ method: "POST", path: "/auth/logout" }],
    tables: { sessions: ["GetItem", "UpdateItem"] },
    keyRing: "read",
    environment: TOKEN_RECOGNIZER,
  },
  {
    name: "csrf",
    description: "Returns the CSRF token of a session",
    routes: [{ method: "GET", path: "/auth/csrf" }],
    tables: { sessions: ["GetItem"] },
    keyRing: "read",
    environment: TOKEN_RECOGNIZER,
  },
  {
    name: "me",
    description: "Returns the user of the caller",
    routes: [{ method: "GET", path: "/auth/me", authorized: true }],
    tables: { users: ["GetItem"] },
    environment: [...HTTP],
  },
  {
    name: "sessions",
    description: "Lists the sessions of the caller and revokes them",
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
    description: "Changes the password of the caller and revokes every other session",
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
    description: "Reports that the service runs",
    routes: [{ method: "GET", path: "/health" }],
    tables: {},
    environment: [...HTTP],
  },
];
