import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Service, startService } from "../support/service-process.ts";

const run = promisify(execFile);

/** Types of packages that only an app of another platform has. */
const OTHER_PLATFORMS = `declare module "expo-secure-store" {
  export const getItemAsync: (key: string) => Promise<string | null>;
  export const setItemAsync: (key: string, value: string) => Promise<void>;
  export const deleteItemAsync: (key: string) => Promise<void>;
}`;

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

it("the TypeScript on the clients' page compiles, as strictly as ours", async () => {
  const codes = snippets(CLIENTS_PAGE, "ts");
  expect(codes.length).toBeGreaterThan(3);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "other-platforms.d.ts"), OTHER_PLATFORMS);
  codes.forEach((code, index) => {
    const here = code.replaceAll("../client/index.ts", resolve("client/index.ts"));
    writeFileSync(join(folder, `snippet-${index}.ts`), here);
  });
  const tsconfig = {
    extends: resolve("tsconfig.json"),
    compilerOptions: { lib: ["es2024", "dom", "dom.iterable"], types: [], noUnusedLocals: false },
    include: ["*.ts"],
    exclude: [],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  const { stdout } = await run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", folder]).catch(
    (error: { stdout: string }) => error,
  );
  expect(stdout).toBe("");
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

/** One service runs the commands of all pages. */
let started: Promise<Service> | undefined;

describe.each([
  [CLIENTS_PAGE, "LATCHKEY", ["bash", "curl", "jq", "openssl"], '"transport":"cookie"'],
  ["README.md", "API", ["bash", "curl", "node"], "HTTP/1.1 401"],
])("the commands of %s", (page, variable, tools, expected) => {
  const missing = tools.filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
  let service: Service | undefined;

  beforeAll(async () => {
    if (missing.length > 0) return;
    started ??= startService();
    service = await started;
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
