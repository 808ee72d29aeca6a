import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import * as z from "zod/mini";
import { isWritableFolder } from "../support/folder.ts";
import { asShape } from "../support/shape.ts";
import { StartError } from "../support/start-error.ts";

/** What to synthesize, and where to store the result. */
export type SynthesizeOptions = {
  /** The folder of the project, which contains `cdk.json`. */
  readonly root: string;
  /** `-c key=value`. Replaces the context of `cdk.json`. */
  readonly context: Readonly<Record<string, string>>;
  /** The folder that stores assemblies. */
  readonly cacheDirectory: string;
  /**
   * Stores assemblies if this user cannot write to `cacheDirectory`.
   * @default a temporary folder, which is removed when the process ends
   */
  readonly fallbackCacheDirectory?: string | undefined;
  /** Called before a synthesis, which takes a while. */
  readonly onProgress: (message: string) => void;
};

const CdkJson = z.looseObject({ app: z.string(), context: z._default(z.record(z.string(), z.unknown()), {}) });

/** The context that the `cdk` command adds. Without this context the template does not contain the path of a bundle. */
const METADATA_CONTEXT = {
  "aws:cdk:enable-asset-metadata": true,
  "aws:cdk:enable-path-metadata": true,
  "aws:cdk:bundling-stacks": ["**"],
};

/**
 * The files and folders that a synthesis reads, besides the files that the command in `cdk.json` names. Paths that do not exist
 * are ignored. `node_modules/.package-lock.json` lists the installed packages. A test compares this list with the files that the
 * app and the bundles really contain.
 */
export const SYNTHESIS_INPUTS: readonly string[] = [
  "bin",
  "client",
  "functions",
  "infra",
  "packages",
  "shared",
  "web",
  "cdk.context.json",
  "cdk.json",
  "node_modules/.package-lock.json",
  "package-lock.json",
  "package.json",
  "tsconfig.json",
];
/** Hidden files, backups of an editor and documents. All other files count: a stored assembly must never be out of date. */
const NOT_READ = /^\.|~$|\.md$/;
const MAX_UNUSED_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Runs the CDK app as `cdk synth` does, or returns the stored assembly of the same sources and settings. Runs the app directly,
 * because the `cdk` command looks for credentials and takes a second more.
 * @returns the folder of the cloud assembly
 * @throws StartError with the output of the app, if the app fails
 */
export const synthesize = async (options: SynthesizeOptions): Promise<string> => {
  const { root, context, onProgress } = options;
  const cacheDirectories = [options.cacheDirectory, options.fallbackCacheDirectory ?? []].flat();
  const cdkJson = readCdkJson(join(root, "cdk.json"));
  const name = fingerprint(root, cdkJson.app, context);
  const stored = cacheDirectories.map((directory) => join(directory, name)).find((assembly) => existsSync(assembly));
  if (stored !== undefined) {
    const now = new Date();
    // The time of use only delays the removal. In a read-only folder nothing is removed.
    await utimes(stored, now, now).catch(() => {});
    return stored;
  }

  const cacheDirectory = cacheDirectories.find(isWritableFolder) ?? createTemporaryFolder();
  const assembly = join(cacheDirectory, name);
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
      // Another start may have stored the assembly of the same sources meanwhile.
      if (!existsSync(assembly)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return assembly;
};

const readCdkJson = (file: string): z.infer<typeof CdkJson> => {
  try {
    return asShape(CdkJson, JSON.parse(readFileSync(file, "utf8")), "cdk.json");
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
    throw new StartError(`${file} cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
};

/** Only this user can read the folder. The folder is removed when the process ends. */
const createTemporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-cdk-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
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

/** Changes with every file that the synthesis reads, and with the settings. */
const fingerprint = (root: string, command: string, context: Readonly<Record<string, string>>): string => {
  const hash = createHash("sha256").update(JSON.stringify(Object.entries(context).sort()));
  for (const file of findInputs(root, command)) {
    const content = readFileSync(join(root, file));
    hash.update(`${file} ${content.length}\n`).update(content);
  }
  return hash.digest("hex").slice(0, 20);
};

const findInputs = (root: string, command: string): readonly string[] => {
  const named = command.split(/\s+/).filter((word) => word !== "" && isFile(join(root, word)));
  const paths = SYNTHESIS_INPUTS.flatMap((path) => (isFile(join(root, path)) ? [path] : findFiles(root, path)));
  return [...new Set([...named, ...paths])].sort();
};

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

const findFiles = (root: string, folder: string): readonly string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        if (NOT_READ.test(entry.name) || entry.name === "node_modules") return [];
        if (entry.isDirectory()) return findFiles(root, path);
        return entry.isFile() ? [path] : [];
      })
    : [];

/** Removes assemblies that no start used for a week. Ignores an assembly that another start removes, or that another user owns. */
const removeOld = async (cacheDirectory: string): Promise<void> => {
  for (const name of await readdir(cacheDirectory)) {
    const path = join(cacheDirectory, name);
    const isOld = await stat(path).then(
      ({ mtimeMs }) => mtimeMs < Date.now() - MAX_UNUSED_MS,
      () => false,
    );
    if (isOld) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
};
