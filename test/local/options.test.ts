import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../../local/options.ts";
import { StartError } from "../../local/support/start-error.ts";

const parse = (args: readonly string[], environment: Record<string, string> = {}) =>
  parseCommandLine(args, environment, "/project");

describe("the command line", () => {
  it("has defaults for everything", () => {
    expect(parse([])).toEqual({
      help: false,
      verbose: false,
      demo: true,
      controls: false,
      port: 3000,
      dataDirectory: "/project/.latchkey",
      dynamoDbEndpoint: undefined,
      context: {},
    });
  });

  it("takes every option", () => {
    const args = ["--port=0", "--data", "/data", "--controls", "--verbose", "--no-demo", "-c", "a=1=2", "--context=b="];
    expect(parse(args, { DYNAMODB_ENDPOINT: "http://127.0.0.1:8000" })).toEqual({
      help: false,
      verbose: true,
      demo: false,
      controls: true,
      port: 0,
      dataDirectory: "/data",
      dynamoDbEndpoint: "http://127.0.0.1:8000",
      context: { a: "1=2", b: "" },
    });
  });

  it("takes the port from PORT if there is no --port", () => {
    expect(parse([], { PORT: "8080" }).port).toBe(8080);
    expect(parse(["--port", "81"], { PORT: "8080" }).port).toBe(81);
    expect(parse([], { PORT: "" }).port).toBe(3000);
  });

  it("keeps the data in memory with --memory", () => {
    expect(parse(["--memory"]).dataDirectory).toBeUndefined();
  });

  it.each([
    ["a port that is no number", ["--port", "http"], {}, 'The port must be a number from 0 to 65535, not "http".'],
    ["a port that does not exist", ["--port", "65536"], {}, 'The port must be a number from 0 to 65535, not "65536".'],
    ["a negative port", ["--port=-1"], {}, 'The port must be a number from 0 to 65535, not "-1".'],
    ["a bad PORT", [], { PORT: "x" }, 'The port must be a number from 0 to 65535, not "x".'],
    ["an unknown option", ["--prot", "1"], {}, "Unknown option '--prot' (--help lists the options)"],
    ["a word", ["3000"], {}, "Unexpected argument '3000' (--help lists the options)"],
    [
      "an option without its value",
      ["--data"],
      {},
      "Option '--data <value>' argument missing (--help lists the options)",
    ],
    ["a setting without a value", ["-c", "stage"], {}, 'A setting is given as -c key=value, not "stage".'],
    [
      "an engine that is no URL",
      [],
      { DYNAMODB_ENDPOINT: "localhost" },
      'DYNAMODB_ENDPOINT must be an http:// URL, not "localhost".',
    ],
  ])("is rejected in one line for %s", (_, args, environment, message) => {
    expect(() => parse(args, environment)).toThrow(new StartError(message));
  });
});
