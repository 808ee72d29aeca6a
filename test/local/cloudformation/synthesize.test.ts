import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { synthesize } from "../../../local/cloudformation/synthesize.ts";
import { aFolder } from "../support/assembly.ts";

/** Writes what it was told, and a line for each time that it ran. */
const APP = `
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
appendFileSync("runs.md", "x");
mkdirSync(process.env.CDK_OUTDIR);
writeFileSync(process.env.CDK_OUTDIR + "/manifest.json", process.env.CDK_CONTEXT_JSON);
`;

/** A project whose CDK app is the given module, and the folder that its assemblies are kept in. */
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
  const run = (context: Record<string, string> = {}) =>
    synthesize({ root, context, cacheDirectory, onProgress: (message) => said.push(message) });
  const runs = () => (existsSync(join(root, "runs.md")) ? readFileSync(join(root, "runs.md"), "utf8").length : 0);
  return { root, cacheDirectory, run, runs, said };
};

describe("synthesizing", () => {
  it("runs the app with the context of cdk.json, of the command line and of the cdk command", async () => {
    const { run } = aProject();
    const context = JSON.parse(readFileSync(join(await run({ stage: "prod" }), "manifest.json"), "utf8"));
    expect(context).toMatchObject({ fromFile: true, stage: "prod", "aws:cdk:enable-asset-metadata": true });
  });

  it("is done once for the same sources and settings, and says so only then", async () => {
    const { run, runs, said } = aProject();
    const first = await run({ stage: "prod" });
    expect(said).toHaveLength(1);
    expect(await run({ stage: "prod" })).toBe(first);
    expect(runs()).toBe(1);
    expect(said).toHaveLength(1);
  });

  it.each([
    ["a source", "infra/stack.ts", "two"],
    ["a new file", "infra/more.ts", ""],
    ["cdk.json", "cdk.json", '{"app":"node app.mjs"}'],
  ])("is done again after a change of %s", async (_, file, content) => {
    const { root, run, runs } = aProject();
    const first = await run();
    writeFileSync(join(root, file), content);
    expect(await run()).not.toBe(first);
    expect(runs()).toBe(2);
  });

  it.each([["README.md"], ["test/a.test.ts"], ["local/a.ts"], ["node_modules/a.js"], [".git/HEAD"]])(
    "is not done again after a change of %s, which is not deployed",
    async (file) => {
      const { root, run, runs } = aProject();
      await run();
      mkdirSync(join(root, file, ".."), { recursive: true });
      writeFileSync(join(root, file), "changed");
      await run();
      expect(runs()).toBe(1);
    },
  );

  it("ends with what the app said when it fails, and keeps nothing of it", async () => {
    const { cacheDirectory, run } = aProject(`${APP}\nconsole.error("Setting stage: given x"); process.exit(1);`);
    await expect(run()).rejects.toMatchObject({ name: "StartError", message: "Setting stage: given x" });
    expect(readdirSync(cacheDirectory)).toEqual([]);
  });

  it("serves two starts at once", async () => {
    const { run, cacheDirectory } = aProject();
    const [first, second] = await Promise.all([run(), run({}), run({ stage: "prod" })]);
    expect(first).toBe(second);
    expect(readdirSync(cacheDirectory)).toHaveLength(2);
  });

  it("forgets assemblies that nobody used for a week", async () => {
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
