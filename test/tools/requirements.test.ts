import { describe, expect, it } from "vitest";
import { expandCitation, listCitations, listTestsByRequirement, readRequirements } from "../../tools/requirements.ts";

describe("the security requirements", () => {
  const { ids, planned } = readRequirements();

  it("have unique ids", () => {
    expect(ids.length).toBeGreaterThan(80);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("include every id that code and tests cite", () => {
    expect(listCitations().filter(({ id }) => !ids.includes(id))).toEqual([]);
  });

  it("are each named by a test, unless they are planned", () => {
    const withoutTest = [...listTestsByRequirement()].filter(([, files]) => files.length === 0).map(([id]) => id);
    expect(withoutTest).toEqual(planned);
  });

  it.each([
    ["R3", ["R3"]],
    ["S1, S2", ["S1", "S2"]],
    ["R1-R3, O1", ["R1", "R2", "R3", "O1"]],
    ["T1-3", ["T1", "T2", "T3"]],
  ])("are cited as %s", (citation, expected) => {
    expect(expandCitation(citation)).toEqual(expected);
  });
});
