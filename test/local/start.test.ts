import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startEmbeddedEngine } from "../../local/dynamodb/embedded-engine.ts";
import { listen } from "../../local/support/local-server.ts";
import { explainFailure, StartError } from "../../local/support/start-error.ts";
import { aFolder } from "./support/assembly.ts";
import { atEnd } from "./support/clean-up.ts";
import { runStart } from "./support/process.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CHECK = "tools/check-environment.cjs";

const aTakenPort = async (): Promise<string> => {
  const server = createServer();
  atEnd(() => server.close());
  return String(await listen(server, 0));
};
const aFile = (): string => {
  const file = join(aFolder(), "file");
  writeFileSync(file, "");
  return file;
};
const aFolderInUse = async (): Promise<string> => {
  const folder = aFolder();
  const engine = await startEmbeddedEngine(join(folder, "dynamodb"));
  atEnd(engine.stop);
  return folder;
};

const damagedFolder = (): string => {
  const folder = aFolder();
  mkdirSync(join(folder, "dynamodb"));
  writeFileSync(join(folder, "dynamodb", "CURRENT"), "MANIFEST-000009\n");
  return folder;
};
const folderWithDamagedSecrets = (): string => {
  const folder = aFolder();
  writeFileSync(join(folder, "secrets.json"), "{");
  return folder;
};

/** Runs a command of package.json's `start` in a copy of the few files that run before the packages are needed. */
const runChecks = (environment: { readonly version?: string; readonly packages: boolean }) => {
  const folder = aFolder();
  const { engines, scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  mkdirSync(join(folder, "tools"));
  mkdirSync(join(folder, "local"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ engines, type: "module" }));
  copyFileSync(join(ROOT, CHECK), join(folder, CHECK));
  copyFileSync(join(ROOT, "local/start.mjs"), join(folder, "local/start.mjs"));
  if (environment.packages) {
    mkdirSync(join(folder, "node_modules/tsx"), { recursive: true });
    const tsx = { name: "tsx", exports: { ".": "./index.js", "./esm/api": "./index.js" } };
    writeFileSync(join(folder, "node_modules/tsx/package.json"), JSON.stringify(tsx));
    writeFileSync(join(folder, "node_modules/tsx/index.js"), "exports.register = () => console.log('loaded');");
    writeFileSync(join(folder, "local/start.ts"), "");
  }
  const version = JSON.stringify({ ...process.versions, node: environment.version ?? process.versions.node });
  writeFileSync(join(folder, "version.cjs"), `Object.defineProperty(process, "versions", { value: ${version} });`);
  const args = String(scripts.start).split(" ").slice(1);
  return spawnSync(process.execPath, ["-r", "./version.cjs", ...args], { cwd: folder, encoding: "utf8" });
};

describe("npm start before it loads a package", () => {
  it.each([["12.22.12"], ["18.20.8"], ["20.18.3"]])("rejects Node.js %s with one sentence", (version) => {
    const { status, stderr, stdout } = runChecks({ version, packages: true });
    expect(stderr).toBe(`Latchkey needs Node.js 20.19 or later; this is ${version}.\n`);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  });

  it.each([["20.19.0"], ["22.0.0"], ["100.1.0"]])("accepts Node.js %s", (version) => {
    expect(runChecks({ version, packages: true })).toMatchObject({ stdout: "loaded\n" });
  });

  it("says with one sentence that the packages are missing", () => {
    const { status, stderr } = runChecks({ packages: false });
    expect(stderr).toBe("The packages are not installed: run npm ci first.\n");
    expect(status).toBe(1);
  });

  it("checks in a language that old versions of Node.js understand", () => {
    const source = readFileSync(join(ROOT, CHECK), "utf8").replaceAll(/\/\*\*.*?\*\/|\/\/.*/g, "");
    expect(source).not.toMatch(/\?\.|\?\?|\*\*|async|await|import|node:|\.\.\.|catch \{|`/);
  });

  it("is preceded by the same check in npm test", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(scripts.test).toMatch(`node ${CHECK} && `);
  });
});

describe("an error that ends npm start", () => {
  const system = Object.assign(new Error("ENOSPC: no space left on device, write"), {
    code: "ENOSPC",
    syscall: "write",
  });
  const store = Object.assign(new Error("Corruption: bad block"), { code: "LEVEL_CORRUPTION" });
  it.each([
    ["of the developer", new StartError("Port 1 is in use."), "Port 1 is in use."],
    ["of the operating system", system, `The operating system rejects a call of Latchkey: ${system.message}`],
    ["of the store", store, "The data folder is damaged: Corruption: bad block. Remove it, or use --memory."],
  ])("is one sentence if it is an error %s", (_, error, sentence) => {
    expect(explainFailure(error)).toBe(sentence);
  });

  it("is a stack trace if it is a fault of the program", () => {
    expect(explainFailure(new TypeError("x is undefined"))).toMatch(/TypeError: x is undefined\n +at /);
  });
});

describe("npm start that cannot work", () => {
  it.each([
    ["a bad port", async () => ["--port", "nine"], /^The port must be a number/],
    ["a taken port", async () => ["--memory", "--port", await aTakenPort()], /^Port \d+ is in use by another process/],
    ["a data folder that is a file", async () => ["--port=0", "--data", aFile()], /^The data folder .+ cannot be used/],
    [
      "a data folder below a file",
      async () => ["--port=0", "--data", join(aFile(), "a")],
      /a part of the path is a file/,
    ],
    [
      "damaged data",
      async () => ["--port=0", "--data", damagedFolder()],
      /^The data folder .+ cannot be used: .+ Remove the folder, or use --memory\.$/m,
    ],
    [
      "damaged secrets",
      async () => ["--port=0", "--data", folderWithDamagedSecrets()],
      /^The file of secrets .+ is damaged/,
    ],
    ["an unknown option", async () => ["--colour"], /^Unknown option '--colour' \(--help lists the options\)/],
    ["a data folder in use", async () => ["--port=0", "--data", await aFolderInUse()], /another process is using it/],
    ["a bad setting", async () => ["--port=0", "--memory", "-c", "stage=moon"], /^Setting stage: given "moon"/],
  ])("ends with one clear line and exit code 1 for %s", async (_, args, message) => {
    const { ended, err } = runStart(await args());
    expect(await ended).toBe(1);
    expect(err()).toMatch(message);
    expect(err().trim().split("\n")).toHaveLength(1);
  });
});

describe("npm start", () => {
  it("prints its options with --help", async () => {
    const { ended, out } = runStart(["--help"]);
    expect(await ended).toBe(0);
    expect(out()).toContain("--port N");
  });

  it.each([["SIGINT"], ["SIGTERM"]] as const)(
    "serves the real stack until %s ends it cleanly",
    async (signal) => {
      const { process, ready, ended, out, err } = runStart(["--memory", "--port", "0"]);
      await ready;
      await expect.poll(out, { timeout: 30_000 }).toContain("curl -s ");
      const [, url = "", name = "", value = "", body = ""] =
        /curl -s (\S+) -H '(\S+): (\S+)' \\\n {4}-d '([^']+)'/.exec(out()) ?? [];
      const response = await fetch(url, { method: "POST", headers: { [name]: value }, body });
      expect(response.status).toBe(200);
      process.kill(signal);
      expect(await ended).toBe(0);
      expect(err()).toBe("");
      await expect(fetch(url)).rejects.toThrow();
    },
    120_000,
  );
});
