import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { LatchkeyStack } from "../infra/latchkey-stack.ts";
import { parseSettings, SettingsError } from "../infra/parse-settings.ts";
import type { Settings } from "../infra/settings.ts";
import { buildWeb } from "../web/build.ts";

/** Parses the settings. Prints one line for each invalid setting and exits, without a stack trace, because the operator must change a setting. */
const settingsOrExit = (context: Readonly<Record<string, unknown>>): Settings => {
  try {
    return parseSettings(context);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
};

const app = new App();
const settings = settingsOrExit(app.node.getAllContext());
if (settings.webDistribution === "on") await buildWeb(join(app.outdir, "web"), settings);
new LatchkeyStack(app, `latchkey-${settings.stage}`, settings);
