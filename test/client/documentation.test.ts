import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listSourceFiles } from "../../tools/import-graph.ts";
import { type Service, startService } from "../support/service-process.ts";

const run = promisify(execFile);
const PAGE = readFileSync("docs/clients.md", "utf8");

/** Declares the module of another platform that the page uses. */
const FOREIGN_MODULES = `declare module "expo-secure-store" {
  export const getItemAsync: (key: string) => Promise<string | null>;
  export const setItemAsync: (key: string, value: string) => Promise<void>;
  export const deleteItemAsync: (key: string) => Promise<void>;
}`;

/** The client that the examples of its methods use. */
const A_CLIENT = `import { createClient } from "../client/index.ts";
const client = createClient({ baseUrl: "https://login.example.com", transport: "bearer" });
`;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-docs-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const snippets = (language: string): readonly string[] =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, code = ""]) => code);

/** The examples in the docstrings of the files, each as a module. */
const listExamples = (files: readonly string[]): readonly string[] =>
  files
    .flatMap((file) => [...readFileSync(file, "utf8").matchAll(/^ *\* ```ts\n(.*?)^ *\* ```$/gms)])
    .map(([, lines = ""]) => lines.replace(/^ *\* ?/gm, ""))
    .map((code) => (code.startsWith("import ") ? code : A_CLIENT + code));

/** Compiles each text as a module of its own, with the options of the repository. @returns the errors of the compiler */
const compile = async (name: string, codes: readonly string[], compilerOptions: object): Promise<string> => {
  const project = join(folder, name);
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
  writeFileSync(join(project, "foreign-modules.d.ts"), FOREIGN_MODULES);
  codes.forEach((code, index) => {
    const here = code.replace(/"\.\.\/((?:client|examples|web)\/[^"]*)"/g, (_, path: string) => `"${resolve(path)}"`);
    writeFileSync(join(project, `snippet-${index}.ts`), here);
  });
  const tsconfig = {
    extends: resolve("tsconfig.json"),
    compilerOptions: { noUnusedLocals: false, ...compilerOptions },
    include: ["*.ts"],
    exclude: [],
  };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(tsconfig));
  const { stdout } = await run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", project]).catch(
    (error: { stdout: string }) => error,
  );
  return stdout;
};

it("the TypeScript on the page for client developers and in the client's docstrings compiles in a browser", async () => {
  const codes = snippets("ts");
  const examples = listExamples(listSourceFiles("client"));
  expect(codes.length).toBeGreaterThan(3);
  expect(examples.length).toBeGreaterThan(13);
  const browser = { lib: ["es2024", "dom", "dom.iterable"], types: [] };
  expect(await compile("browser", [...codes, ...examples], browser)).toBe("");
});

it("the examples in the docstrings of web/ and examples/ compile in Node.js", async () => {
  const examples = listExamples(["web", "examples"].flatMap(listSourceFiles));
  expect(examples.length).toBeGreaterThan(2);
  expect(await compile("node", examples, { typeRoots: [resolve("node_modules/@types")] })).toBe("");
});

const TOOLS = ["bash", "curl", "jq", "openssl"];
const missing = TOOLS.filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
if (missing.length > 0) {
  console.error(`\n!! SKIPPED, there is no ${missing}: the commands on the page for client developers\n`);
}

describe.skipIf(missing.length > 0)("the commands on the page for client developers", () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
  });

  it("work, one after another", async () => {
    const script = join(folder, "commands.sh");
    writeFileSync(script, `set -euo pipefail\n${snippets("sh").join("\n")}\necho; echo "all done"`);
    const { stdout, stderr } = await run("bash", ["-x", script], {
      env: { PATH: process.env["PATH"], LATCHKEY: service.url, TMPDIR: folder },
    }).catch((error: { stdout: string; stderr: string }) => error);
    expect(stdout, stderr).toContain("all done");
    expect(stdout).toContain('"transport":"cookie"');
  });
});
