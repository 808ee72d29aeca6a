import { afterAll } from "vitest";

const cleanUps: (() => unknown)[] = [];

// Registered while the test file is loaded: inside of a test or another hook it would never run.
afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Runs the function once all tests of the file are over, the last one given first. */
export const atEnd = (cleanUp: () => unknown): void => {
  cleanUps.push(cleanUp);
};
