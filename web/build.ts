import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { headersByPrefix } from "./headers.ts";

/** The settings of the service that the pages show. */
export type WebOptions = {
  /** The name that users see. @default Latchkey */
  readonly serviceName?: string;
  /** `closed` hides the link to the registration. @default open */
  readonly registration?: "open" | "closed";
  /** In code points. The page shows the number beside the field, and the browser checks it before the form is sent. @default 15 */
  readonly minPasswordLength?: number;
  /** Whether HSTS applies to subdomains too. @default off */
  readonly hstsIncludeSubDomains?: "on" | "off";
};

/** The files of the pages by URL path: `/` is `index.html`, and the others are under `/assets/`. */
export type WebFiles = ReadonlyMap<string, Uint8Array>;

const SOURCES = fileURLToPath(new URL(".", import.meta.url));

/**
 * Builds the sign-in and account pages into a folder. The folder is emptied first. A web server or a bucket serves `pages/` at `/`:
 * `index.html` and, under `assets/`, one script, one style sheet and one picture. The name of each asset contains a hash of its content.
 * `headers.json` lists the response headers that the server must send.
 *
 * @throws Error if esbuild cannot build the sources
 *
 * @example
 * ```ts
 * import { buildWeb } from "../web/build.ts";
 *
 * await buildWeb("dist", { serviceName: "Example", minPasswordLength: 15 });
 * ```
 */
export const buildWeb = async (outDir: string, options: WebOptions = {}): Promise<void> => {
  const files = await buildWebFiles(options);
  await rm(outDir, { recursive: true, force: true });
  await mkdir(join(outDir, "pages", "assets"), { recursive: true });
  await writeFile(join(outDir, "headers.json"), JSON.stringify(headersByPrefix(options), null, 2));
  for (const [path, content] of files) {
    await writeFile(join(outDir, "pages", path === "/" ? "index.html" : path), content);
  }
};

/**
 * Builds the same files in memory.
 * @throws Error if esbuild cannot build the sources
 */
export const buildWebFiles = async (options: WebOptions = {}): Promise<WebFiles> => {
  const { serviceName = "Latchkey", registration = "open", minPasswordLength = 15 } = options;
  const files = new Map<string, Uint8Array>();
  const place = (name: string, content: Uint8Array): string => {
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
    const path = `/assets/${basename(name, extname(name))}-${hash}${extname(name)}`;
    files.set(path, content);
    return path;
  };
  const values: Readonly<Record<string, string>> = {
    script: place("app.js", await bundle("app.ts")),
    style: place("style.css", await bundle("style.css")),
    icon: place("key.svg", await readFile(join(SOURCES, "key.svg"))),
    serviceName: escapeHtml(serviceName),
    registration,
    minPasswordLength: String(minPasswordLength),
  };
  const template = await readFile(join(SOURCES, "index.html"), "utf8");
  const page = template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`index.html contains {{${name}}}, but there is no such value`);
    return value;
  });
  return files.set("/", Buffer.from(page));
};

const bundle = async (source: string): Promise<Uint8Array> => {
  const { outputFiles } = await build({
    entryPoints: [join(SOURCES, source)],
    bundle: true,
    minify: true,
    write: false,
    platform: "browser",
    target: ["es2022"],
    format: "iife",
    legalComments: "none",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`esbuild built no file from ${source}`);
  return file.contents;
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
