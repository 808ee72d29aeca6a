import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Returns the folder with the `index.mjs` of an entry. The whole folder is deployed, with every other file that is put there. */
export type GetBundle = (entry: string) => string;

/**
 * Bundles all entries in one run of esbuild. The entries share most of their modules, so one process for each entry would make
 * `cdk synth` many times slower.
 *
 * A bundle contains every module, the AWS SDK too: the tested code is the code that runs, and a bundled SDK starts faster than the
 * SDK of the runtime. The target is Node.js 20, because `npm start` runs the same bundles on the developer's version.
 *
 * Source maps are written to `source-maps/` and are not deployed. With a source map the runtime would read megabytes at every cold
 * start. Operators map stack traces on their own machine.
 * @param entries paths from the root of the project
 * @param outdir receives `bundles/` and `source-maps/`
 * @throws Error that names the first entry that does not exist
 */
export const bundle = (entries: readonly string[], outdir: string): GetBundle => {
  const missing = entries.find((entry) => !existsSync(join(ROOT, entry)));
  if (missing !== undefined) throw new Error(`Cannot bundle ${missing}: there is no such file`);

  const { outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: entries.map((entry) => ({ in: entry, out: `${bundleName(entry)}/index` })),
    outdir: join(outdir, "bundles"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    mainFields: ["module", "main"],
    minify: true,
    legalComments: "none",
    sourcemap: "external",
    logLevel: "warning",
    write: false,
  });
  for (const { path, contents } of outputFiles) {
    const name = basename(dirname(path));
    const file = path.endsWith(".map") ? join(outdir, "source-maps", `${name}.mjs.map`) : path;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
  return (entry) => join(outdir, "bundles", bundleName(entry));
};

/** Returns `login` for `functions/login/index.ts`, and `run-once` for `infra/handlers/run-once.ts`. */
const bundleName = (entry: string): string => {
  const file = basename(entry, ".ts");
  return file === "index" ? basename(dirname(entry)) : file;
};
