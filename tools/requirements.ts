import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Which tests name which security requirement. `npm run requirements` prints the list and fails if a requirement has no test. */

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["bin", "infra", "functions", "shared", "local", "client", "web", "bench", "tools", "examples", "test"];

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** The ids that docs/security-requirements.md defines, with those that it calls planned. */
export const readRequirements = (): { readonly ids: readonly string[]; readonly planned: readonly string[] } => {
  const ids: string[] = [];
  const planned: string[] = [];
  let isPlanned = false;
  for (const line of read("docs/security-requirements.md").split("\n")) {
    if (line.startsWith("## ")) isPlanned = line.endsWith("(planned)");
    const [, id, mark] = /^- \*\*([A-Z]\d{1,2})\*\*( \(planned\))?/.exec(line) ?? [];
    if (id === undefined) continue;
    ids.push(id);
    if (isPlanned || mark !== undefined) planned.push(id);
  }
  return { ids, planned };
};

/** `(R3)`, `(S1, S2)`, `(R1-R9, O1)`: how code and test names cite requirements. */
const CITATION = /\(([A-Z]\d{1,2}(?:-[A-Z]?\d{1,2})?(?:, [A-Z]\d{1,2}(?:-[A-Z]?\d{1,2})?)*)\)/g;

/** The ids of a citation, ranges spelled out: `R1-R3` is R1, R2, R3. */
export const expandCitation = (citation: string): readonly string[] =>
  citation.split(", ").flatMap((part) => {
    const [, letter = "", first = "", last = first] = /^([A-Z])(\d{1,2})(?:-[A-Z]?(\d{1,2}))?$/.exec(part) ?? [];
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => `${letter}${Number(first) + index}`);
  });

/** Every citation in code and tests: the file and the id. */
export const listCitations = (): readonly { readonly file: string; readonly id: string }[] =>
  FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  )
    .filter((file) => /\.(ts|mjs)$/.test(file) && !file.includes("node_modules"))
    .flatMap((file) =>
      [...read(file).matchAll(CITATION)].flatMap(([, citation = ""]) =>
        expandCitation(citation).map((id) => ({ file, id })),
      ),
    );

/** For each requirement the test files that name it, in the order of the document. */
export const listTestsByRequirement = (): ReadonlyMap<string, readonly string[]> => {
  const citations = listCitations().filter(({ file }) => file.endsWith(".test.ts"));
  return new Map(
    readRequirements().ids.map((id) => [
      id,
      [...new Set(citations.filter((c) => c.id === id).map(({ file }) => file))],
    ]),
  );
};

const print = (): void => {
  const { planned } = readRequirements();
  const tests = listTestsByRequirement();
  for (const [id, files] of tests) if (files.length > 0) console.log(`${id.padEnd(4)} ${files.join(", ")}`);
  const missing = [...tests].filter(([, files]) => files.length === 0).map(([id]) => id);
  console.log(`\nPlanned, not built yet: ${planned.join(", ")}`);
  const withoutTest = missing.filter((id) => !planned.includes(id));
  console.log(`Without a test: ${withoutTest.join(", ") || "none"}`);
  process.exitCode = withoutTest.length === 0 ? 0 : 1;
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) print();
