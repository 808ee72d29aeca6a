import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, type Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { LatchkeyStack } from "../../infra/latchkey-stack.ts";
import { parseSettings } from "../../infra/parse-settings.ts";
import { headersByPrefix } from "../../web/headers.ts";

type CdkJson = { readonly context: Readonly<Record<string, unknown>> };
const cdkJson: CdkJson = JSON.parse(readFileSync(new URL("../../cdk.json", import.meta.url), "utf8"));

/** The app of bin/latchkey.ts with these settings, not yet synthesized, in a folder of its own, `app.outdir`, to be removed. */
export const latchkeyApp = (settings: Readonly<Record<string, unknown>> = {}): { app: App; stack: LatchkeyStack } => {
  const app = new App({ context: { ...cdkJson.context }, outdir: mkdtempSync(join(tmpdir(), "latchkey-synth-")) });
  const parsed = parseSettings({ ...cdkJson.context, ...settings });
  if (parsed.webDistribution === "on") writePages(join(app.outdir, "web"), parsed);
  return { app, stack: new LatchkeyStack(app, `latchkey-${parsed.stage}`, parsed) };
};

/** Stands for `buildWeb`, which is slower and adds nothing to a template: a page and a script, with the real headers. */
export const writePages = (directory: string, settings: Parameters<typeof headersByPrefix>[0] = {}): void => {
  mkdirSync(join(directory, "pages", "assets"), { recursive: true });
  writeFileSync(join(directory, "headers.json"), JSON.stringify(headersByPrefix(settings)));
  writeFileSync(join(directory, "pages", "index.html"), "<!doctype html>");
  writeFileSync(join(directory, "pages", "assets", "app-1.js"), "");
};

/** The template of a stack, not held against CloudFormation's schemas: that takes seconds, and `rules.test.ts` does it. */
export const getTemplate = (stack: Stack): Template => {
  process.env["CDK_VALIDATION"] = "false";
  return Template.fromStack(stack);
};
