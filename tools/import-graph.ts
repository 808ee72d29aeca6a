import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * The import graph of the repository: `npm run graph` prints its circles and exits with 1 if there are any.
 * Imports of types count too: a circle of types is a circle for the reader.
 */

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SOURCE_FOLDERS = ["bin", "infra", "functions", "shared", "local", "client", "web", "bench", "tools", "examples"];

/** One import of one file: relative imports name a file of the repository, others a package. */
export type Import = { readonly from: string; readonly to: string; readonly isPackage: boolean };

/** The source files below a folder, as paths from the root of the repository. */
export const listSourceFiles = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((file) => join(folder, file))
    .filter((file) => /\.(ts|mjs)$/.test(file) && !file.includes("node_modules") && !file.includes("/dist/"));

/** Statements at the beginning of a line, so that examples in comments do not count, and calls of `import()`. */
const SPECIFIER = /^(?:import|export)\s+(?:type\s+)?(?:[\w$*{][^"';]*?\sfrom\s*)?"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;

/** The imports of a file, in the order of the text. */
export const listImports = (file: string): readonly Import[] =>
  [...readFileSync(join(ROOT, file), "utf8").matchAll(SPECIFIER)].map(([, statement, call]) => {
    const specifier = statement ?? call ?? "";
    const isPackage = !specifier.startsWith(".");
    return { from: file, to: isPackage ? specifier : normalize(join(dirname(file), specifier)), isPackage };
  });

/** A directed graph: for each node the nodes that it points to. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>;

const toGraph = (edges: readonly (readonly [string, string])[]): Graph => {
  const graph = new Map<string, Set<string>>();
  for (const [from, to] of edges) {
    if (from === to) continue;
    graph.set(from, (graph.get(from) ?? new Set()).add(to));
    graph.set(to, graph.get(to) ?? new Set());
  }
  return graph;
};

/** The circles of a graph: its strongly connected components of more than one node (Tarjan 1972). */
export const findCircles = (graph: Graph): readonly (readonly string[])[] => {
  const circles: string[][] = [];
  const indexes = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];

  const visit = (node: string): number => {
    const index = indexes.size;
    indexes.set(node, index);
    lowest.set(node, index);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      const reached = indexes.has(next) ? (stack.includes(next) ? indexes.get(next) : undefined) : visit(next);
      lowest.set(node, Math.min(lowest.get(node) ?? index, reached ?? index));
    }
    if (lowest.get(node) === index) {
      const component = stack.splice(stack.indexOf(node));
      if (component.length > 1) circles.push(component.sort());
    }
    return lowest.get(node) ?? index;
  };

  for (const node of graph.keys()) if (!indexes.has(node)) visit(node);
  return circles;
};

const allImports = (): readonly Import[] =>
  SOURCE_FOLDERS.flatMap(listSourceFiles)
    .flatMap(listImports)
    .filter(({ isPackage }) => !isPackage);

/** The circles between files. */
export const findFileCircles = (): readonly (readonly string[])[] =>
  findCircles(toGraph(allImports().map(({ from, to }) => [from, to])));

/**
 * The folder of a file inside `top`: `sessions` for `shared/sessions/session.ts` in `shared`. A file that stands directly in
 * `top` is a node of its own.
 */
const toFolder = (file: string, top: string): string => file.slice(top.length + 1).split("/")[0] ?? file;

/** The imports between the folders of `top`, as pairs of folder names. */
export const listFolderArrows = (top: string): readonly (readonly [string, string])[] =>
  allImports()
    .filter(({ from, to }) => from.startsWith(`${top}/`) && to.startsWith(`${top}/`))
    .map(({ from, to }) => [toFolder(from, top), toFolder(to, top)] as const);

/** The circles between the folders of `top`. */
export const findFolderCircles = (top: string): readonly (readonly string[])[] =>
  findCircles(toGraph(listFolderArrows(top)));

const print = (): void => {
  let found = 0;
  for (const [name, circles] of [
    ["files", findFileCircles()],
    ["folders of shared/", findFolderCircles("shared")],
    ["folders of local/", findFolderCircles("local")],
  ] as const) {
    found += circles.length;
    console.log(`Circles between ${name}: ${circles.length}`);
    for (const circle of circles) console.log(`  ${circle.join(" <-> ")}`);
  }
  for (const top of ["shared", "local"]) {
    console.log(`\nArrows between the folders of ${top}/:`);
    for (const [from, targets] of toGraph(listFolderArrows(top))) {
      if (targets.size > 0) console.log(`  ${from} -> ${[...targets].sort().join(", ")}`);
    }
  }
  process.exitCode = found === 0 ? 0 : 1;
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) print();
