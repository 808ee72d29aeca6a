import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import * as z from "zod/mini";
import { asShape } from "../support/shape.ts";

/** By the beginning of the path; the longest that fits counts. */
const HeadersByPrefix = z.record(z.string(), z.record(z.string(), z.string()));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

type StaticFile = { readonly content: Buffer; readonly headers: Readonly<Record<string, string>> };

/**
 * Serves the pages that were built with the stack as the CDN does, on the API's origin: GET and HEAD of a file that there is,
 * and nothing else.
 * @param directory with `pages/` and `headers.json` in it; where there is none, nothing is served
 * @returns a handler that tells whether the request was its own
 */
export const createStaticFiles = (directory: string) => {
  const files = existsSync(directory) ? readFiles(directory) : new Map<string, StaticFile>();
  return (incoming: IncomingMessage, outgoing: ServerResponse): boolean => {
    const file = files.get((incoming.url ?? "").split("?")[0] ?? "");
    if (file === undefined || !["GET", "HEAD"].includes(incoming.method ?? "")) return false;
    outgoing.writeHead(200, file.headers).end(incoming.method === "HEAD" ? undefined : file.content);
    return true;
  };
};

const readFiles = (directory: string): ReadonlyMap<string, StaticFile> => {
  const headersFile = join(directory, "headers.json");
  const headersByPrefix = asShape(HeadersByPrefix, JSON.parse(readFileSync(headersFile, "utf8")), headersFile);
  const getHeaders = (path: string): Readonly<Record<string, string>> => {
    const prefixes = Object.keys(headersByPrefix).filter((prefix) => path.startsWith(prefix));
    return headersByPrefix[prefixes.sort((a, b) => b.length - a.length)[0] ?? ""] ?? {};
  };

  const pages = join(directory, "pages");
  const names = readdirSync(pages, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    names.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const content = readFileSync(file);
      const path = file
        .slice(pages.length)
        .replaceAll("\\", "/")
        .replace(/index\.html$/, "");
      const headers = {
        ...getHeaders(path),
        "Content-Length": String(content.length),
        "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      };
      return [path, { content, headers }];
    }),
  );
};
