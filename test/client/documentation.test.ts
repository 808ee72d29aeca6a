import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { listSourceFiles } from "../../tools/import-graph.ts";
import { it } from "../support/it.ts";
import type { Service } from "../support/service-process.ts";

const run = promisify(execFile);

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

/** The code blocks of one language on a page. */
const snippets = (page: string, language: string): readonly string[] =>
  [...readFileSync(page, "utf8").matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(
    ([, code = ""]) => code,
  );

const CLIENTS_PAGE = "docs/clients.md";

/** The examples in the docstrings of the files, each as a module. */
const listExamples = (files: readonly string[]): readonly string[] =>
  files
    .flatMap((file) => [...readFileSync(file, "utf8").matchAll(/^ *\* ```ts\n(.*?)^ *\* ```$/gms)])
    .map(([, lines = ""]) => lines.replace(/^ *\* ?/gm, ""))
    .map((code) => (code.startsWith("import ") ? code : A_CLIENT + code));

/** Compiles each text as a separate module, with the options of the repository. @returns the errors of the compiler */
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
  const codes = snippets(CLIENTS_PAGE, "ts");
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

/** Shells that must be able to read the blocks. macOS has zsh; where zsh is not installed, bash alone checks them. */
const SHELLS = ["bash", "zsh"].filter((shell) => spawnSync(shell, ["-c", "true"]).error === undefined);

const BLOCKS = ["README.md", CLIENTS_PAGE].flatMap((page) =>
  snippets(page, "sh").map((code, index) => [page, index + 1, code] as const),
);

/** A block without its quoted strings, in which a `#` or an apostrophe means nothing to a shell. */
const withoutStrings = (code: string): string => code.replace(/'[^']*'|"(?:\\.|[^"\\])*"/g, "");

/** The curl commands of a block whose output goes to the terminal, each in one line. */
const listPrintingCommands = (code: string): readonly string[] =>
  code
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => line.startsWith("curl "));

describe.each(BLOCKS)("%s: block %i of commands", (_page, _number, code) => {
  it.each(SHELLS)("can be parsed by %s", (shell) => {
    const { status, stderr } = spawnSync(shell, ["-n"], { input: code, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("has no comment, because zsh does not know comments on its command line", () => {
    expect(withoutStrings(code)).not.toContain("#");
  });

  it("has no apostrophe outside a pair, because a shell would wait for the second one", () => {
    expect(withoutStrings(code)).not.toMatch(/['"]/);
  });

  it("ends what a command prints with a line break", () => {
    // A logout has no content, so there is nothing that needs a line break.
    const printing = listPrintingCommands(code).filter((line) => !line.includes("/auth/logout "));
    for (const line of printing) expect(line).toContain("-w '\\n'");
  });
});

describe.each([
  [CLIENTS_PAGE, "LATCHKEY", ["bash", "curl", "jq", "openssl"], '"transport":"cookie"'],
  ["README.md", "API", ["bash", "curl", "node"], "HTTP/1.1 401"],
])("the commands of %s", (page, variable, tools, expected) => {
  const missing = tools.filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
  let service: Service | undefined;

  it.beforeAll(({ service: started }) => {
    service = started;
  });

  it("work, one after another", async ({ skip }) => {
    if (service === undefined) skip(`there is no ${missing.join(", ")}`);
    // The blocks that install, start or deploy are not for a test.
    const blocks = snippets(page, "sh").filter((code) => /\bcurl\b|=\$\(/.test(code));
    const script = blocks.join("\n").replace(`${variable}=http://127.0.0.1:3000`, `${variable}=${service?.url}`);
    const file = join(folder, "commands.sh");
    writeFileSync(file, `set -euo pipefail\n${script}\necho; echo "all done"`);
    const { stdout, stderr } = await run("bash", ["-x", file], {
      env: { PATH: process.env["PATH"], [variable]: service?.url, TMPDIR: folder },
    }).catch((error: { stdout: string; stderr: string }) => error);
    expect(stdout, stderr).toContain("all done");
    expect(stdout).toContain(expected);
  });
});
