import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { bundle } from "../infra/bundle.ts";

/** The size of the bundle of one function. */
export type BundleSize = { readonly name: string; readonly bytes: number; readonly gzippedBytes: number };

const FUNCTIONS = fileURLToPath(new URL("../functions", import.meta.url));

/** Bundles every function as `cdk synth` does, and returns the sizes. The smallest bundle comes first. */
export const bundleSizes = (): readonly BundleSize[] => {
  const names = readdirSync(FUNCTIONS).filter((name) => readdirSync(join(FUNCTIONS, name)).includes("index.ts"));
  const outdir = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  try {
    const toFolder = bundle(
      names.map((name) => `functions/${name}/index.ts`),
      outdir,
    );
    return names
      .map((name) => {
        const code = readFileSync(join(toFolder(`functions/${name}/index.ts`), "index.mjs"));
        return { name, bytes: code.length, gzippedBytes: gzipSync(code).length };
      })
      .sort((a, b) => a.bytes - b.bytes);
  } finally {
    rmSync(outdir, { recursive: true });
  }
};
