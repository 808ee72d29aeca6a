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

/** Creates the app of bin/latchkey.ts with these settings, not yet synthesized. The caller must delete its folder `app.outdir`. */
export const latchkeyApp = (settings: Readonly<Record<string, unknown>> = {}): { app: App; stack: LatchkeyStack } => {
  const app = new App({ context: { ...cdkJson.context }, outdir: mkdtempSync(join(tmpdir(), "latchkey-synth-")) });
  const parsed = parseSettings({ ...cdkJson.context, ...settings });
  if (parsed.webDistribution === "on") writePages(join(app.outdir, "web"), parsed);
  return { app, stack: new LatchkeyStack(app, `latchkey-${parsed.stage}`, parsed) };
};

/** Writes a page and a script with the real headers. Replaces `buildWeb`, which is slower and does not change the template. */
export const writePages = (directory: string, settings: Parameters<typeof headersByPrefix>[0] = {}): void => {
  mkdirSync(join(directory, "pages", "assets"), { recursive: true });
  writeFileSync(join(directory, "headers.json"), JSON.stringify(headersByPrefix(settings)));
  writeFileSync(join(directory, "pages", "index.html"), "<!doctype html>");
  writeFileSync(join(directory, "pages", "assets", "app-1.js"), "");
};

/** Returns the template of a stack. Does not check the schemas of CloudFormation, because `rules.test.ts` does and it takes seconds. */
export const getTemplate = (stack: Stack): Template => {
  process.env["CDK_VALIDATION"] = "false";
  return Template.fromStack(stack);
};
