import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that start services or browsers, or wait for faults: minutes where others take a second. */
const LONG = /\/test\/(?:web|scenarios|shared\/sessions|client|examples)\//;

/** The long ones first, or the last of them would keep one core waiting for the other. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    sequence: { sequencer: LongestFirst },
    // Two cores serve three files at a time: some wait for faults and browsers more than they compute.
    maxWorkers: 3,
    // Tests that run at once in a file wait for faults more than they compute.
    maxConcurrency: 12,
    // Only against tests that never end: a busy machine must not fail one.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
