import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { atEnd } from "./clean-up.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export type StartedProcess = {
  readonly process: ChildProcess;
  /** All that it has written so far. */
  readonly out: () => string;
  readonly err: () => string;
  /** The exit code, once it has ended. */
  readonly ended: Promise<number | null>;
};

/** Runs `local/start.ts` as `npm start` does, without the processes of npm and tsx around it. */
export const runStart = (args: readonly string[], environment: Record<string, string> = {}): StartedProcess => {
  const started = spawn(process.execPath, ["--import", "tsx", "local/start.ts", ...args], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => started.once("close", resolve));
  atEnd(async () => {
    started.kill("SIGKILL");
    await ended;
  });
  return { process: started, out: gathered(started.stdout), err: gathered(started.stderr), ended };
};

const gathered = (stream: NodeJS.ReadableStream): (() => string) => {
  let text = "";
  stream.on("data", (chunk) => {
    text += String(chunk);
  });
  return () => text;
};
