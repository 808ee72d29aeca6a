import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

/** Which folders a folder's files may import from, besides packages. Anything not named here is not an arrow we have. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  shared: ["shared"],
  functions: ["functions", "shared"],
  // Entry paths are strings, not imports.
  infra: ["infra"],
  // Functions that run at deploy time.
  "infra/handlers": ["infra", "shared"],
  local: ["local"],
  client: ["client"],
  web: ["web", "client"],
};

/** Packages that a folder must not know of. */
const FORBIDDEN_PACKAGES: Readonly<Record<string, RegExp>> = {
  shared: /^(aws-cdk-lib|constructs|cdk-nag|dynalite)/,
  "infra/handlers": /^(aws-cdk-lib|constructs|cdk-nag)/,
  functions: /^(aws-cdk-lib|constructs|cdk-nag|dynalite)/,
  local: /^(aws-cdk-lib|constructs|cdk-nag)/,
  client: /^/,
  web: /^(?!esbuild$|node:)/,
};

const getImports = (file: string): readonly string[] =>
  [...readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].flatMap(
    ([, specifier]) => specifier ?? [],
  );

const getFiles = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(ts|mjs)$/.test(file) && !file.startsWith("dist/"))
    .map((file) => join(folder, file))
    // A folder with arrows of its own is not held to those of the folder around it.
    .filter((file) => !Object.keys(ARROWS).some((inner) => inner.startsWith(`${folder}/`) && file.startsWith(inner)));

describe.each(Object.entries(ARROWS))("%s/", (folder, allowed) => {
  const files = getFiles(folder);

  it("has files", () => {
    expect(files.length).toBeGreaterThan(0);
  });

  it.each(files)("%s imports only along the arrows", (file) => {
    for (const specifier of getImports(join(root, file))) {
      if (specifier.startsWith(".")) {
        const [target] = normalize(join(dirname(file), specifier)).split("/");
        expect(allowed, `${file} imports ${specifier}`).toContain(target);
      } else if (!specifier.startsWith("node:") || folder === "client") {
        expect(specifier, `${file} imports ${specifier}`).not.toMatch(FORBIDDEN_PACKAGES[folder] ?? /(?!)/);
      }
    }
  });
});
