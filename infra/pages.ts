import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";

/** A file of the pages: its key in the bucket, and the headers that the bucket stores with the file. */
export type PageFile = { readonly key: string; readonly contentType: string; readonly cacheControl: string };

/** The built pages. */
export type Pages = {
  /** The folder with the files. */
  readonly folder: string;
  readonly files: readonly PageFile[];
  /** The headers of every file besides the two of `PageFile`. */
  readonly headers: Readonly<Record<string, string>>;
  /** A hash of all files and of their headers. CloudFormation publishes the pages again if it changes. */
  readonly digest: string;
};

type HeadersByPrefix = Readonly<Record<string, Readonly<Record<string, string>>>>;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * Reads the pages that `web/build.ts` wrote: the files in `pages/`, and `headers.json`, which names the headers of a file by the
 * beginning of its path.
 * @throws Error if the pages were not built, if headers other than `Cache-Control` differ by path, or if a file has an unknown type
 */
export const readPages = (directory: string): Pages => {
  const folder = join(directory, "pages");
  if (!existsSync(folder))
    throw new Error(`The pages are not in ${directory}: they are built before the stack is made`);
  const headersByPrefix: HeadersByPrefix = JSON.parse(readFileSync(join(directory, "headers.json"), "utf8"));
  const [headers, ...others] = Object.values(headersByPrefix).map(withoutCacheControl);
  if (headers === undefined || others.some((other) => JSON.stringify(other) !== JSON.stringify(headers))) {
    throw new Error("Pages and files must have the same headers, but for Cache-Control");
  }

  const keys = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    );
  const files = keys.sort().map((key) => ({
    key,
    contentType: toContentType(key),
    cacheControl: readCacheControl(`/${key}`, headersByPrefix),
  }));
  return { folder, files, headers, digest: toDigest(folder, files) };
};

/** Copies the pages into the bundle of `handlers/publish-pages.ts`, which uploads them. */
export const copyPages = ({ folder, files }: Pages, bundle: string): void => {
  cpSync(folder, join(bundle, "pages"), { recursive: true });
  writeFileSync(join(bundle, "pages.json"), JSON.stringify(files));
};

const toDigest = (folder: string, files: readonly PageFile[]): string => {
  const hash = createHash("sha256").update(JSON.stringify(files));
  for (const { key } of files) hash.update(readFileSync(join(folder, key)));
  return hash.digest("hex");
};

const withoutCacheControl = ({ "Cache-Control": _, ...headers }: Readonly<Record<string, string>>) => headers;

const toContentType = (key: string): string => {
  const type = CONTENT_TYPES[extname(key)];
  if (type === undefined) throw new Error(`${key} has a suffix without a media type in CONTENT_TYPES`);
  return type;
};

const readCacheControl = (path: string, headersByPrefix: HeadersByPrefix): string => {
  const prefixes = Object.keys(headersByPrefix).filter((prefix) => path.startsWith(prefix));
  const longest = prefixes.sort((a, b) => b.length - a.length)[0] ?? "";
  return headersByPrefix[longest]?.["Cache-Control"] ?? "no-cache";
};
