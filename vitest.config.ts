import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Scenario tests start whole services; two cores serve three files at a time at best.
    maxWorkers: 2,
    // Tests that run at once in a file wait for faults more than they compute.
    maxConcurrency: 12,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
