import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { bundle } from "../../infra/bundle.ts";

/** Runs the app as `cdk` does, with the context of cdk.json and of the command line in an environment variable. */
const runApp = (context: Record<string, unknown>) => {
  const env = { ...process.env, CDK_CONTEXT_JSON: JSON.stringify(context) };
  return spawnSync(process.execPath, ["--import", "tsx", "bin/latchkey.ts"], { env, encoding: "utf8" });
};

describe("the CDK app", () => {
  it("prints one clear line for a wrong setting and exits with 1", () => {
    const { status, stdout, stderr } = runApp({ stage: "staging", "aws:cdk:enable-path-metadata": true });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: "",
      stderr: 'Setting stage: given "staging", allowed: dev or prod\n',
    });
  });

  it("names the entry of a function that is missing", () => {
    expect(() => bundle(["functions/none/index.ts"], "unused")).toThrow(
      "Cannot bundle functions/none/index.ts: there is no such file",
    );
  });
});
