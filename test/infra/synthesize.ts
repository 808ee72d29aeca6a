import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, type Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { LatchkeyStack } from "../../infra/latchkey-stack.ts";
import { parseSettings } from "../../infra/settings.ts";

type CdkJson = { readonly context: Readonly<Record<string, unknown>> };
const cdkJson: CdkJson = JSON.parse(readFileSync(new URL("../../cdk.json", import.meta.url), "utf8"));

/** The app of bin/latchkey.ts with these settings, not yet synthesized, in a folder of its own, `app.outdir`, to be removed. */
export const latchkeyApp = (settings: Readonly<Record<string, unknown>> = {}): { app: App; stack: LatchkeyStack } => {
  const app = new App({ context: { ...cdkJson.context }, outdir: mkdtempSync(join(tmpdir(), "latchkey-synth-")) });
  const parsed = parseSettings({ ...cdkJson.context, ...settings });
  return { app, stack: new LatchkeyStack(app, `latchkey-${parsed.stage}`, parsed) };
};

/** The template of a stack, not held against CloudFormation's schemas: that takes seconds, and `rules.test.ts` does it. */
export const templateOf = (stack: Stack): Template => {
  process.env["CDK_VALIDATION"] = "false";
  return Template.fromStack(stack);
};
