import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { bundle } from "../../infra/bundle.ts";

/** Runs the app as `cdk` does, which hands it the context of cdk.json and of the command line in a variable. */
const runApp = (context: Record<string, unknown>) => {
  const env = { ...process.env, CDK_CONTEXT_JSON: JSON.stringify(context) };
  return spawnSync(process.execPath, ["--import", "tsx", "bin/latchkey.ts"], { env, encoding: "utf8" });
};

describe("the CDK app", () => {
  it("answers bad settings with one clear line and exit code 1", () => {
    const { status, stdout, stderr } = runApp({ stage: "staging", "aws:cdk:enable-path-metadata": true });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: "",
      stderr: 'Setting stage: given "staging", allowed: dev or prod\n',
    });
  });

  it("says which entry of a function is missing", () => {
    expect(() => bundle(["functions/none/index.ts"], "unused")).toThrow(
      "Cannot bundle functions/none/index.ts: there is no such file",
    );
  });
});
