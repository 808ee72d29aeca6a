import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { describe, expect, it } from "vitest";
import { SYNTHESIS_INPUTS, type SynthesizeOptions, synthesize } from "../../../local/cloudformation/synthesize.ts";
import { aFolder } from "../support/assembly.ts";

/** Writes its context, and a line for each run. */
const APP = `
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
appendFileSync("runs.md", "x");
mkdirSync(process.env.CDK_OUTDIR);
writeFileSync(process.env.CDK_OUTDIR + "/manifest.json", process.env.CDK_CONTEXT_JSON);
`;

/** Creates a project whose CDK app is the given module, and the folder for its assemblies. */
const aProject = (app = APP) => {
  const root = aFolder();
  const cacheDirectory = join(root, ".latchkey", "cdk");
  writeFileSync(
    join(root, "cdk.json"),
    JSON.stringify({ app: "node app.mjs", context: { fromFile: true, stage: "dev" } }),
  );
  writeFileSync(join(root, "app.mjs"), app);
  mkdirSync(join(root, "infra"));
  writeFileSync(join(root, "infra", "stack.ts"), "one");
  const said: string[] = [];
  const run = (
    context: Record<string, string> = {},
    folders: Pick<SynthesizeOptions, "cacheDirectory" | "fallbackCacheDirectory"> = { cacheDirectory },
  ) => synthesize({ root, context, ...folders, onProgress: (message) => said.push(message) });
  const runs = () => (existsSync(join(root, "runs.md")) ? readFileSync(join(root, "runs.md"), "utf8").length : 0);
  return { root, cacheDirectory, run, runs, said };
};

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** The entries that the stack bundles. */
const findEntries = (): readonly string[] =>
  ["functions", "infra/handlers"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { withFileTypes: true }).map((entry) =>
      join(folder, entry.name, entry.isDirectory() ? "index.ts" : ""),
    ),
  );

/** The files of the project that entries import, without packages. */
const findSourcesOfAssembly = (entryPoints: readonly string[]): readonly string[] => {
  const { metafile } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: [...entryPoints],
    outdir: "out",
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  return Object.keys(metafile.inputs);
};

describe("synthesizing", () => {
  it("runs the app with the context of cdk.json, of the command line and of the cdk command", async () => {
    const { run } = aProject();
    const context = JSON.parse(readFileSync(join(await run({ stage: "prod" }), "manifest.json"), "utf8"));
    expect(context).toMatchObject({ fromFile: true, stage: "prod", "aws:cdk:enable-asset-metadata": true });
  });

  it("runs once for the same sources and settings, and reports each run", async () => {
    const { run, runs, said } = aProject();
    const first = await run({ stage: "prod" });
    expect(said).toHaveLength(1);
    expect(await run({ stage: "prod" })).toBe(first);
    expect(runs()).toBe(1);
    expect(said).toHaveLength(1);
  });

  it.each([
    ["a source", "infra/stack.ts", "two"],
    ["a new source", "infra/more.ts", ""],
    ["a page", "web/index.html", ""],
    ["the app that cdk.json names", "app.mjs", `${APP} `],
    ["cdk.json", "cdk.json", '{"app":"node app.mjs"}'],
    ["the installed packages", "node_modules/.package-lock.json", "{}"],
  ])("is done again after a change of %s", async (_, file, content) => {
    const { root, run, runs } = aProject();
    const first = await run();
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), content);
    expect(await run()).not.toBe(first);
    expect(runs()).toBe(2);
  });

  it.each([
    ["README.md"],
    ["tokens.json"],
    ["notes/today.ts"],
    ["infra/README.md"],
    ["infra/stack.ts~"],
    ["infra/.stack.ts.swp"],
    ["test/a.test.ts"],
    ["local/a.ts"],
    ["node_modules/a.js"],
    [".git/HEAD"],
  ])("is not done again after a change of %s, which no synthesis reads", async (file) => {
    const { root, run, runs } = aProject();
    await run();
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), "changed");
    await run();
    expect(runs()).toBe(1);
  });

  it("ends with the output of the app if the app fails, and stores nothing", async () => {
    const { cacheDirectory, run } = aProject(`${APP}\nconsole.error("Setting stage: given x"); process.exit(1);`);
    await expect(run()).rejects.toMatchObject({ name: "StartError", message: "Setting stage: given x" });
    expect(readdirSync(cacheDirectory)).toEqual([]);
  });

  it("uses the fallback folder if this user cannot write to the cache folder", async () => {
    const { root, run, runs } = aProject();
    const unwritable = join(root, "cdk.json", "cdk");
    const fallbackCacheDirectory = join(aFolder(), "data", "cdk");
    const assembly = await run({}, { cacheDirectory: unwritable, fallbackCacheDirectory });
    expect(dirname(assembly)).toBe(fallbackCacheDirectory);
    expect(await run({}, { cacheDirectory: unwritable, fallbackCacheDirectory })).toBe(assembly);
    expect(runs()).toBe(1);
  });

  it("uses a private temporary folder if this user can write to no folder", async () => {
    const { root, run } = aProject();
    const assembly = await run({}, { cacheDirectory: join(root, "cdk.json", "cdk") });
    expect(dirname(dirname(assembly))).toBe(tmpdir());
    expect(statSync(dirname(assembly)).mode & 0o777).toBe(0o700);
    rmSync(dirname(assembly), { recursive: true });
  });

  it("uses an assembly of a folder to which this user cannot write", async () => {
    const { root, cacheDirectory, run, runs } = aProject();
    const stored = await run();
    const fallbackCacheDirectory = cacheDirectory;
    expect(await run({}, { cacheDirectory: join(root, "cdk.json", "cdk"), fallbackCacheDirectory })).toBe(stored);
    expect(runs()).toBe(1);
  });

  it.each([["{"], ["[]"]])("ends with one sentence if cdk.json contains %s", async (content) => {
    const { root, run } = aProject();
    writeFileSync(join(root, "cdk.json"), content);
    await expect(run()).rejects.toMatchObject({ name: "StartError", message: expect.stringMatching(/cdk\.json .+/) });
  });

  it("reads every file of the project that the app or a page consists of", async () => {
    const sources = findSourcesOfAssembly(["bin/latchkey.ts", "web/app.ts", ...findEntries()]);
    expect(sources.length).toBeGreaterThan(100);
    const isInput = (file: string) => SYNTHESIS_INPUTS.some((path) => file === path || file.startsWith(`${path}/`));
    expect(sources.filter((file) => !isInput(file))).toEqual([]);
  });

  it("serves two starts at once", async () => {
    const { run, cacheDirectory } = aProject();
    const [first, second] = await Promise.all([run(), run({}), run({ stage: "prod" })]);
    expect(first).toBe(second);
    expect(readdirSync(cacheDirectory)).toHaveLength(2);
  });

  it("removes assemblies that no start used for a week", async () => {
    const { root, cacheDirectory, run } = aProject();
    const old = await run();
    const used = await run({ stage: "prod" });
    utimesSync(old, 0, 0);
    utimesSync(used, 0, 0);
    await run({ stage: "prod" });
    writeFileSync(join(root, "infra", "stack.ts"), "two");
    await run();
    expect(readdirSync(cacheDirectory)).toHaveLength(2);
    expect(existsSync(old)).toBe(false);
    expect(existsSync(used)).toBe(true);
  });
});
