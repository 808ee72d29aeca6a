import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take minutes where others take a second: they start services or browsers, wait for faults, hash or search. */
const LONG = [
  /\/test\/(?:web|scenarios|client|examples)\//,
  /\/test\/shared\/sessions\//,
  /\/test\/shared\/throttle\/(?:throttle-store|guards)/,
  /\/test\/shared\/keys\/(?:day-of-rotation|crash-and-race|withdrawal|keys\.test)/,
  /\/test\/shared\/(?:users\/email|passwords\/(?:listed-passwords|verify-password))/,
  /\/test\/functions\/(?:cookie-csrf|stalls|device-token|authorizer\/junk)/,
  /\/test\/local\/(?:data|controls)/,
  /\/test\/infra\/(?:rules|monitoring|stack)/,
];
const isLong = (file: string): boolean => LONG.some((pattern) => pattern.test(file));

/** The imports of files that start a service, a database, a browser or a process, or that synthesize the stack. */
const STARTS =
  /support\/(?:it|service|service-process|process|dynamodb|engine|failing-aws|faulty-proxy|assembly)\.ts|chromium|on-the-wire|synthesize|node:child_process|latchkey-stack|local\/local\.ts/;

/** The files of `npm run test:unit`: the files that start nothing and are not long. */
const listUnitTests = (): string[] =>
  readdirSync(join(import.meta.dirname, "test"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => join(import.meta.dirname, "test", file))
    .filter((file) => !isLong(file) && !STARTS.test(readFileSync(file, "utf8")));

/** Sorts long files to the front. Otherwise the last long file would keep one core busy while the other cores are idle. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [
      ...sorted.filter(({ moduleId }) => isLong(moduleId)),
      ...sorted.filter(({ moduleId }) => !isLong(moduleId)),
    ];
  }
}

export default defineConfig(({ mode }) => ({
  test: {
    include: mode === "unit" ? listUnitTests() : ["test/**/*.test.ts"],
    sequence: { sequencer: LongestFirst },
    // Three files for two cores: some files wait for faults and browsers more than they compute.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    // The concurrent tests of a file wait for faults more than they compute.
    maxConcurrency: 12,
    // Ends tests that never end. A busy machine must not fail a test.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // The suite prints nothing but the report. The warning is about Node.js 20, which the gate tests on purpose.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  },
}));
