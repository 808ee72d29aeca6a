import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { atEnd } from "./clean-up.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export type StartedProcess = {
  readonly process: ChildProcess;
  /** The output of each stream so far. */
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves to the URL of the service when the service is ready. Rejects with the error output if the process ends first. */
  readonly ready: Promise<string>;
  /** Resolves to the exit code when the process has ended. */
  readonly ended: Promise<number | null>;
};

/** Runs the command of `npm start`, without the process of npm. */
export const runStart = (args: readonly string[], environment: Record<string, string> = {}): StartedProcess => {
  const started = spawn(process.execPath, ["-r", "./tools/check-environment.cjs", "local/start.mjs", ...args], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => started.once("close", resolve));
  atEnd(async () => {
    started.kill("SIGKILL");
    await ended;
  });
  const [out, err] = [gather(started.stdout), gather(started.stderr)];
  const ready = new Promise<string>((resolve, reject) => {
    started.stdout.on("data", () => {
      const url = /Latchkey is ready on (http:\/\/127\.0\.0\.1:\d+) /.exec(out())?.[1];
      if (url !== undefined) resolve(url);
    });
    ended.then(() => reject(new Error(err())));
  });
  // Some tests do not wait for the start, so a rejection must not be unhandled.
  ready.catch(() => {});
  return { process: started, out, err, ready, ended };
};

const gather = (stream: NodeJS.ReadableStream): (() => string) => {
  let text = "";
  stream.on("data", (chunk) => {
    text += String(chunk);
  });
  return () => text;
};
