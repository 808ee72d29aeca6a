import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The folder that holds the `index.mjs` of an entry, and is deployed with what else is put into it. */
export type GetBundle = (entry: string) => string;

/**
 * Bundles every entry (paths from the root of the project) in one run of esbuild: they share most of their modules, and a
 * process for each would make `cdk synth` many times slower.
 *
 * Everything is inside, the AWS SDK too: what was tested is what runs, and a bundled SDK starts faster than the runtime's.
 * Node 20 is the target because `npm start` runs these very bundles. Source maps go to `source-maps/`, beside the bundles
 * and not into them: the runtime would read megabytes at every cold start to map stack traces; an operator maps them at
 * home.
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

/** `functions/login/index.ts` and `infra/handlers/run-once.ts` become `login` and `run-once`. */
const bundleName = (entry: string): string => {
  const file = basename(entry, ".ts");
  return file === "index" ? basename(dirname(entry)) : file;
};
