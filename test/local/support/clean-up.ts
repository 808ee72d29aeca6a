import { afterAll } from "vitest";

const cleanUps: (() => unknown)[] = [];

// Registered at import. A hook that is registered inside of a test or a hook never runs.
afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Runs the function after the last test of the file. The functions run in reverse order. */
export const atEnd = (cleanUp: () => unknown): void => {
  cleanUps.push(cleanUp);
};
