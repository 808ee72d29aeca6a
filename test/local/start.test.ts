import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startEmbeddedEngine } from "../../local/dynamodb-engine.ts";
import { listen } from "../../local/local-server.ts";
import { aFolder } from "./support/assembly.ts";
import { atEnd } from "./support/clean-up.ts";
import { runStart } from "./support/process.ts";

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

describe("npm start that cannot work", () => {
  it.each([
    ["a bad port", async () => ["--port", "nine"], /^The port must be a number/],
    ["a taken port", async () => ["--memory", "--port", await aTakenPort()], /^Port \d+ is taken by another process/],
    ["a data folder that is a file", async () => ["--port=0", "--data", aFile()], /^The data folder .+ cannot be used/],
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
  it("says what it can be told", async () => {
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
