import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { describe } from "vitest";

/** The path of Debian's package. The variable `CHROMIUM` names another path. */
const EXECUTABLE = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Whether this machine has Chromium. */
export const hasChromium = (): boolean => existsSync(EXECUTABLE);

/** Starts Chromium without its background traffic, which would fail in a network without an exit. */
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

/** A `describe` for tests that need Chromium. Without Chromium, skips the tests and prints a message. In CI, throws. */
export const describeInChromium = (name: string, tests: () => void): void => {
  const isMissing = !hasChromium();
  if (isMissing && process.env["CI"]) throw new Error(`There is no ${EXECUTABLE}: apt-get install -y chromium`);
  if (isMissing) console.error(`\n!! SKIPPED, there is no ${EXECUTABLE} (apt-get install -y chromium): ${name}\n`);
  describe.skipIf(isMissing)(name, tests);
};
