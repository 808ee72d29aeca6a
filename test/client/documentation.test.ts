import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { it } from "../support/it.ts";
import type { Service } from "../support/service-process.ts";

const run = promisify(execFile);
const PAGE = readFileSync("docs/clients.md", "utf8");

/** What a page of another platform would bring along. */
const STRANGERS = `declare module "expo-secure-store" {
  export const getItemAsync: (key: string) => Promise<string | null>;
  export const setItemAsync: (key: string, value: string) => Promise<void>;
  export const deleteItemAsync: (key: string) => Promise<void>;
}`;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-docs-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const snippets = (language: string): readonly string[] =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, code = ""]) => code);

it("the TypeScript on the clients' page compiles, as strictly as ours", async () => {
  const codes = snippets("ts");
  expect(codes.length).toBeGreaterThan(3);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "strangers.d.ts"), STRANGERS);
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

const TOOLS = ["bash", "curl", "jq", "openssl"];
const missing = TOOLS.filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
if (missing.length > 0) console.error(`\n!! SKIPPED, there is no ${missing}: the commands on the clients' page\n`);

describe.skipIf(missing.length > 0)("the commands on the clients' page", () => {
  let service: Service;

  it.beforeAll(({ service: started }) => {
    service = started;
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
