import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import * as z from "zod/mini";
import { asShape } from "../support/shape.ts";

/** Response headers by the beginning of the path. The longest match counts. */
const HeadersByPrefix = z.record(z.string(), z.record(z.string(), z.string()));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

type StaticFile = { readonly content: Buffer; readonly headers: Readonly<Record<string, string>> };

/**
 * Creates a handler that serves the pages of the stack as the CDN does: GET and HEAD of a file that exists.
 * @param directory contains `pages/` and `headers.json`. If the folder does not exist, the handler serves no page
 * @returns a handler that returns false if the request is not for a page
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
  const findHeaders = (path: string): Readonly<Record<string, string>> => {
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
        ...findHeaders(path),
        "Content-Length": String(content.length),
        "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      };
      return [path, { content, headers }];
    }),
  );
};
