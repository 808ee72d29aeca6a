import { afterEach, beforeEach, vi } from "vitest";

/**
 * Returns the lines that this process prints on both streams while `run` runs. Sees every way of printing. `run` must be synchronous.
 */
export const printedBy = (run: () => unknown): readonly string[] => {
  const { lines, restore } = listen();
  try {
    run();
  } finally {
    restore();
  }
  return lines;
};

/** Collects the lines that this process prints during each test of the file. */
export const printedInEachTest = (): { readonly lines: () => readonly string[] } => {
  let current = { lines: [] as readonly string[], restore: () => {} };
  beforeEach(() => {
    current = listen();
  });
  afterEach(() => current.restore());
  return { lines: () => current.lines };
};

const listen = () => {
  const lines: string[] = [];
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, "write").mockImplementation((chunk) => {
      const text = String(chunk);
      if (!text.endsWith("\n")) throw new Error(`Half a line was printed: ${text}`);
      lines.push(...text.slice(0, -1).split("\n"));
      return true;
    }),
  );
  return { lines, restore: () => spies.forEach((spy) => void spy.mockRestore()) };
};
