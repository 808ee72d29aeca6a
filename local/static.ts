import type { IncomingMessage, ServerResponse } from "node:http";
import { extname } from "node:path";
import type { WebFiles, WebOptions } from "../web/build.ts";
import { cacheControlOf, WEB_HEADERS } from "../web/headers.ts";
import type { LambdaFunction } from "./lambda-functions.ts";

const TYPES: Readonly<Record<string, string>> = {
  "": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * Serves the pages as the CDN does, on the API's origin: GET and HEAD of a file that there is, and nothing else.
 * @returns a handler that tells whether the request was its own
 */
export const createStaticFiles =
  (files: WebFiles) =>
  (incoming: IncomingMessage, outgoing: ServerResponse): boolean => {
    const path = (incoming.url ?? "").split("?")[0] ?? "";
    const content = files.get(path);
    if (content === undefined || !["GET", "HEAD"].includes(incoming.method ?? "")) return false;
    outgoing.writeHead(200, {
      ...WEB_HEADERS,
      "Cache-Control": cacheControlOf(path),
      "Content-Length": content.length,
      "Content-Type": TYPES[extname(path)] ?? "application/octet-stream",
    });
    outgoing.end(incoming.method === "HEAD" ? undefined : content);
    return true;
  };

/** The settings that the pages repeat, as the stack gave them to the function behind the form. */
export const webOptionsOf = (functions: ReadonlyMap<string, LambdaFunction>): WebOptions => {
  const environment = [...functions.values()].find(({ name }) => name === "register")?.environment ?? {};
  const { SERVICE_NAME: serviceName, REGISTRATION: registration, PASSWORD_MIN_LENGTH: length } = environment;
  return {
    ...(serviceName !== undefined && { serviceName }),
    ...(registration === "closed" && { registration }),
    ...(length !== undefined && { passwordMinLength: Number(length) }),
  };
};
