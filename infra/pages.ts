import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";

/** A file of the web part as the bucket holds it. */
export type PageFile = { readonly key: string; readonly contentType: string; readonly cacheControl: string };

export type Pages = {
  readonly folder: string;
  readonly files: readonly PageFile[];
  /** Of every page and file, besides what `PageFile` says. */
  readonly headers: Readonly<Record<string, string>>;
  /** Changes with anything that the bucket holds. */
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
 * Reads the web part as `web/build.ts` wrote it: `pages/` and `headers.json`, which says by the beginning of the path what
 * headers a file is served with.
 * @throws Error when it was not built, or asks for what the CDN cannot do
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

/** Puts the pages where `handlers/publish-pages.ts` looks for them: beside its bundle. */
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
  if (type === undefined) throw new Error(`${key} is of a kind that nobody has named the media type of`);
  return type;
};

const readCacheControl = (path: string, headersByPrefix: HeadersByPrefix): string => {
  const prefixes = Object.keys(headersByPrefix).filter((prefix) => path.startsWith(prefix));
  const longest = prefixes.sort((a, b) => b.length - a.length)[0] ?? "";
  return headersByPrefix[longest]?.["Cache-Control"] ?? "no-cache";
};
