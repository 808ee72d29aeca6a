import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const FOLDER = "docs/decisions";
const PARTS = ["Context", "Choice", "Cost", "What would change our mind"];

const pages = readdirSync(FOLDER)
  .filter((file) => file !== "README.md")
  .sort();
const read = (file: string): string => readFileSync(`${FOLDER}/${file}`, "utf8");

describe("the decisions", () => {
  it("have numbers from 1 without a gap", () => {
    expect(pages.map((file) => Number(/^(\d{4})-[a-z0-9-]+\.md$/.exec(file)?.[1]))).toEqual(
      pages.map((_, index) => index + 1),
    );
  });

  it("are all in the index, in this order, each with its title and a sentence", () => {
    const rows = read("README.md").matchAll(/^\| (\d{4}) \| \[(.+)\]\((\d{4}-.+\.md)\) \| [A-Z`].+\. \|$/gm);
    const listed = [...rows].map(([, number, title, file]) => ({ number, title, file }));
    expect(listed).toEqual(
      pages.map((file) => ({
        number: file.slice(0, 4),
        title: /^# (.+)\n/.exec(read(file))?.[1],
        file,
      })),
    );
  });

  it.each(pages)("have the four parts once, in order: %s", (file) => {
    const headings = [...read(file).matchAll(/^\*\*([^*]+)\.\*\*/gm)].map(([, heading = ""]) => heading);
    expect(headings.filter((heading) => PARTS.includes(heading))).toEqual(PARTS);
  });
});
