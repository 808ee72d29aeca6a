import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import * as z from "zod/mini";
import { asShape } from "../support/shape.ts";
import { StartError } from "../support/start-error.ts";

export type SynthesizeOptions = {
  /** The project: the folder with `cdk.json` in it. */
  readonly root: string;
  /** `-c key=value`, over the context of `cdk.json`. */
  readonly context: Readonly<Record<string, string>>;
  /** Where assemblies are kept. */
  readonly cacheDirectory: string;
  /** Called when it takes a while. */
  readonly onProgress: (message: string) => void;
};

const CdkJson = z.looseObject({ app: z.string(), context: z._default(z.record(z.string(), z.unknown()), {}) });

/** What the `cdk` command adds to the context. The path of a bundle stands in the template only with these. */
const METADATA_CONTEXT = {
  "aws:cdk:enable-asset-metadata": true,
  "aws:cdk:enable-path-metadata": true,
  "aws:cdk:bundling-stacks": ["**"],
};

/** Never part of what is deployed. */
const NOT_SOURCES = new Set([
  "node_modules",
  "cdk.out",
  "local",
  "test",
  "docs",
  "bench",
  "examples",
  "coverage",
  "screenshots",
]);
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Runs the CDK app as `cdk synth` does, unless it did before with the same sources and settings. The app is run directly:
 * the `cdk` command would look for credentials and take a second more.
 * @returns the folder of the cloud assembly
 * @throws StartError with what the app said, when it fails
 */
export const synthesize = async ({ root, context, cacheDirectory, onProgress }: SynthesizeOptions): Promise<string> => {
  const cdkJson = asShape(CdkJson, JSON.parse(readFileSync(join(root, "cdk.json"), "utf8")), "cdk.json");
  const assembly = join(cacheDirectory, fingerprint(root, context));
  if (existsSync(assembly)) {
    const now = new Date();
    await utimes(assembly, now, now);
    return assembly;
  }

  onProgress("Synthesizing the stack and bundling its functions (10 to 20 seconds, and only after a change) …");
  const temporary = `${assembly}.${randomUUID()}`;
  await mkdir(cacheDirectory, { recursive: true });
  await removeOld(cacheDirectory);
  try {
    await runApp(cdkJson.app, root, {
      CDK_OUTDIR: temporary,
      CDK_CONTEXT_JSON: JSON.stringify({ ...cdkJson.context, ...context, ...METADATA_CONTEXT }),
    });
    await rename(temporary, assembly).catch((error: unknown) => {
      // Another start may have been faster with the very same sources.
      if (!existsSync(assembly)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return assembly;
};

const runApp = async (command: string, root: string, variables: Readonly<Record<string, string>>): Promise<void> => {
  const path = [join(root, "node_modules", ".bin"), process.env["PATH"]].join(delimiter);
  const app = spawn(command, {
    cwd: root,
    shell: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...variables, PATH: path },
  });
  const [said, code] = await Promise.all([
    text(app.stderr),
    new Promise<number | null>((resolve, reject) => app.once("error", reject).once("close", resolve)),
  ]);
  if (code !== 0) throw new StartError(said.trim() || `The CDK app (${command}) ended with exit code ${code}.`);
};

/** Changes with every file that could change the assembly, and with the settings. */
const fingerprint = (root: string, context: Readonly<Record<string, string>>): string => {
  const hash = createHash("sha256").update(JSON.stringify(Object.entries(context).sort()));
  for (const file of sources(root)) {
    const content = readFileSync(join(root, file));
    hash.update(`${file} ${content.length}\n`).update(content);
  }
  return hash.digest("hex").slice(0, 20);
};

const sources = (root: string, folder = ""): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith(".") && !NOT_SOURCES.has(entry.name) && !entry.name.endsWith(".md"))
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? sources(root, path) : entry.isFile() ? [path] : [];
    });

const removeOld = async (cacheDirectory: string): Promise<void> => {
  for (const name of await readdir(cacheDirectory)) {
    const path = join(cacheDirectory, name);
    if ((await stat(path)).mtimeMs < Date.now() - KEPT_MS) await rm(path, { recursive: true, force: true });
  }
};
