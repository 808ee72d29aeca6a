import { describe, expect, it } from "vitest";
import {
  findFileCircles,
  findFolderCircles,
  type Import,
  listFolderArrows,
  listImports,
  listSourceFiles,
} from "../tools/import-graph.ts";

/** What the files of one folder may import, besides files of the folder itself. */
type Allowed = {
  /** Folders and files, as the beginnings of paths. */
  readonly imports: readonly string[];
  /** Packages. @default any package */
  readonly packages?: RegExp;
};

const CDK = /^(?!aws-cdk-lib|constructs|cdk-nag)/;
const NO_CDK_NO_EMULATOR = /^(?!aws-cdk-lib|constructs|cdk-nag|dynalite)/;

/** A folder inside another has a row of its own, and the row of the outer folder does not apply. */
const TOP_LEVEL: Readonly<Record<string, Allowed>> = {
  bin: { imports: ["infra/", "web/", "shared/aws/"] },
  // The paths of entries are strings, not imports.
  infra: { imports: ["shared/contract/"] },
  // Functions that run while the stack is deployed.
  "infra/handlers": { imports: ["infra/pages.ts", "shared/aws/", "shared/deadline.ts"], packages: CDK },
  functions: { imports: ["shared/"], packages: NO_CDK_NO_EMULATOR },
  shared: { imports: [], packages: NO_CDK_NO_EMULATOR },
  local: { imports: [], packages: CDK },
  client: { imports: [], packages: /^(?!)/ },
  web: { imports: ["client/", "shared/contract/"], packages: /^(?:esbuild$|node:)/ },
  bench: { imports: ["infra/", "functions/", "shared/", "local/", "test/"] },
  tools: { imports: ["shared/passwords/"] },
  examples: { imports: [] },
};

/** Files of `shared/` that every folder of `shared/` may import. They import each other and `contract` only. */
const BASICS = ["age.ts", "contract", "deadline.ts", "errors.ts", "ids.ts", "text.ts", "time.ts"];

/**
 * The folders of `shared/` from the top to the bottom, and the folders that each may import besides `BASICS`. Only `wiring` reads
 * the environment, and nothing imports `wiring`.
 */
const SHARED: Readonly<Record<string, readonly string[]>> = {
  wiring: [
    ...["accounts", "http", "sessions", "users", "passwords", "throttle", "tokens", "keys"],
    ...["audit", "log", "metrics", "aws", "crypto"],
  ],
  http: ["sessions", "users", "throttle", "tokens", "audit", "log", "aws", "crypto"],
  accounts: ["sessions", "users", "passwords", "throttle", "tokens", "keys", "audit", "aws", "crypto"],
  throttle: ["sessions", "users", "keys", "audit", "aws", "crypto"],
  sessions: ["users", "tokens", "keys", "audit", "aws", "crypto"],
  users: ["keys", "audit", "aws", "crypto"],
  passwords: ["keys", "crypto"],
  tokens: ["keys", "crypto"],
  keys: ["aws", "crypto"],
  metrics: ["audit", "log"],
  log: ["audit"],
  audit: [],
  aws: [],
  crypto: [],
  contract: [],
};

const folders = Object.keys(TOP_LEVEL);

/** The folder of the table that a file belongs to: the innermost. */
const findFolder = (file: string): string | undefined =>
  folders.filter((folder) => file.startsWith(`${folder}/`)).sort((a, b) => b.length - a.length)[0];

const listFolderImports = (folder: string): readonly Import[] =>
  listSourceFiles(folder)
    .filter((file) => findFolder(file) === folder)
    .flatMap(listImports);

const isAllowed = (folder: string, { to, isPackage }: Import): boolean => {
  const { imports, packages = /^/ } = TOP_LEVEL[folder] ?? { imports: [] };
  if (isPackage) return packages.test(to) || (to.startsWith("node:") && folder !== "client");
  return findFolder(to) === folder || imports.some((path) => to.startsWith(path));
};

describe("the import graph", () => {
  it("has no circle between files", () => {
    expect(findFileCircles()).toEqual([]);
  });

  it.each(["shared", "local"])("has no circle between the folders of %s/", (top) => {
    expect(findFolderCircles(top)).toEqual([]);
  });
});

describe("a top-level folder", () => {
  it.each(folders)("has files with imports: %s", (folder) => {
    expect(listFolderImports(folder).length).toBeGreaterThan(0);
  });

  it.each(folders)("imports only the files and the packages of its row: %s", (folder) => {
    expect(listFolderImports(folder).filter((each) => !isAllowed(folder, each))).toEqual([]);
  });
});

describe("a folder of shared/", () => {
  const arrows = listFolderArrows("shared").filter(([from, to]) => from !== to);
  const isBasic = (name: string): boolean => BASICS.includes(name);

  it.each(Object.entries(SHARED))("imports only the folders of its row: %s", (folder, allowed) => {
    const targets = arrows.filter(([from]) => from === folder).map(([, to]) => to);
    const permitted = folder === "contract" ? [] : [...allowed, ...BASICS];
    expect([...new Set(targets)].filter((to) => !permitted.includes(to))).toEqual([]);
  });

  it("imports only folders below it in the table, and every folder is in the table", () => {
    const order = Object.keys(SHARED);
    for (const [folder, allowed] of Object.entries(SHARED)) {
      expect(allowed.filter((to) => order.indexOf(to) <= order.indexOf(folder))).toEqual([]);
    }
    const nodes = new Set(arrows.flat());
    expect([...nodes].filter((name) => !isBasic(name) && !order.includes(name))).toEqual([]);
  });

  it("is not imported by the files directly in shared/, contract excepted", () => {
    const upward = arrows.filter(([from, to]) => from.endsWith(".ts") && !isBasic(to));
    expect(upward).toEqual([]);
  });

  it("has no import at all if it is contract", () => {
    const outward = listSourceFiles("shared/contract")
      .flatMap(listImports)
      .filter(({ to }) => !to.startsWith("shared/contract/"));
    expect(outward).toEqual([]);
  });
});
