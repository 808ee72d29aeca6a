import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { describe } from "vitest";

/** Debian's package, unless the environment names another. */
const EXECUTABLE = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

export const hasChromium = (): boolean => existsSync(EXECUTABLE);

/** Without the background traffic that a network with no way out would refuse. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

/** Tests that need the browser: left out, and loudly, on a machine that has none; in CI that is a failure. */
export const describeInChromium = (name: string, tests: () => void): void => {
  const isMissing = !hasChromium();
  if (isMissing && process.env["CI"]) throw new Error(`There is no ${EXECUTABLE}: apt-get install -y chromium`);
  if (isMissing) console.error(`\n!! SKIPPED, there is no ${EXECUTABLE} (apt-get install -y chromium): ${name}\n`);
  describe.skipIf(isMissing)(name, tests);
};
