import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { bundle } from "../infra/bundle.ts";

export type BundleSize = { readonly name: string; readonly bytes: number; readonly gzippedBytes: number };

const FUNCTIONS = fileURLToPath(new URL("../functions", import.meta.url));

/** The size of every function as it is deployed: bundled anew by what `cdk synth` bundles with. The smallest comes first. */
export const bundleSizes = (): readonly BundleSize[] => {
  const names = readdirSync(FUNCTIONS).filter((name) => readdirSync(join(FUNCTIONS, name)).includes("index.ts"));
  const outdir = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  try {
    const getFolder = bundle(
      names.map((name) => `functions/${name}/index.ts`),
      outdir,
    );
    return names
      .map((name) => {
        const code = readFileSync(join(getFolder(`functions/${name}/index.ts`), "index.mjs"));
        return { name, bytes: code.length, gzippedBytes: gzipSync(code).length };
      })
      .sort((a, b) => a.bytes - b.bytes);
  } finally {
    rmSync(outdir, { recursive: true });
  }
};
