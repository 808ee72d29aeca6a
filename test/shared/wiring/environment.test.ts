import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { env, readEnvironment } from "../../../shared/wiring/environment.ts";
import { listSourceFiles } from "../../../tools/import-graph.ts";

describe("the environment of a function", () => {
  const shape = { TABLE: env.text, SHARDS: env.count, SCOPES: env.list, EMAILS: env.oneOf(["hash", "omit"]) };

  it("is read into typed values", () => {
    const source = { TABLE: "Users", SHARDS: "016", SCOPES: " read  write ", EMAILS: "hash", OTHER: "x" };
    expect(readEnvironment(shape, source)).toEqual({
      TABLE: "Users",
      SHARDS: 16,
      SCOPES: ["read", "write"],
      EMAILS: "hash",
    });
  });

  it.each(["-1", "1.5", "", " 1", "1e3", "0x10", "1234567890", "NaN"])("has no count %j", (SHARDS) => {
    expect(() => readEnvironment({ SHARDS: env.count }, { SHARDS })).toThrow(
      "Environment variables missing or malformed: SHARDS",
    );
  });

  it("is rejected with the names of all wrong variables, and without a value (G1)", () => {
    const read = () => readEnvironment(shape, { TABLE: "", SHARDS: "s3cret", SCOPES: "", EMAILS: "s3cret" });
    expect(read).toThrow("Environment variables missing or malformed: TABLE, SHARDS, EMAILS");
    expect(read).not.toThrow("s3cret");
  });

  it("is read only in shared/wiring and in the entry points of the functions", () => {
    const readers = ["shared", "functions"]
      .flatMap(listSourceFiles)
      .filter((file) => /\bprocess\.env\b|\breadEnvironment\b/.test(readFileSync(file, "utf8")))
      .filter((file) => !/^shared\/wiring\/|^functions\/[^/]+\/index\.ts$/.test(file));
    expect(readers).toEqual([]);
  });
});
