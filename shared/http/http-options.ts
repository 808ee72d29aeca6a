import type { SecurityHeaders } from "../contract/security-headers.ts";
import type { Log } from "../log/log.ts";

/**
 * The settings that every function behind a route shares. A function gets them beside the dependencies of its own work.
 * `httpOptionsFromEnvironment` reads them once in each execution environment.
 */
export type HttpOptions = {
  /** The origins whose pages may read the responses (C5), such as `https://app.example.com`. */
  readonly allowedOrigins: readonly string[];
  /** The security headers of every response (H1, H2). */
  readonly securityHeaders: SecurityHeaders;
  /** Writes the log line of a failed or denied request. @default the log of the function */
  readonly log?: Log;
};
