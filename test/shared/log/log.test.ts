import { afterEach, describe, expect, it, vi } from "vitest";
import { LINE_FIELDS, type LineKind } from "../../../shared/log/listed-fields.ts";
import { writeLog } from "../../../shared/log/log.ts";
import { printLine } from "../../../shared/log/print-line.ts";
import { printedBy, printedInEachTest } from "../../support/printed.ts";

const SECRET = "hunter2-correct-horse";

/** An error that contains the secret in every member and in its cause. */
const anError = () => {
  const error = new Error(SECRET, { cause: new TypeError(SECRET) });
  return Object.assign(error, { stack: `Error: ${SECRET}\n    at ${SECRET} (${SECRET}:1:1)`, token: SECRET });
};

/** Names that logging libraries use for their own fields, and names that a careless caller may use. */
const OTHER_NAMES = [
  ...["level", "message", "sampling_rate", "service", "timestamp", "error", "extra", "event", "xray_trace_id"],
  ...["password", "refreshToken", "headers", "body", "stack", "fields", "constructor", "toJSON"],
];

const wide = (value: unknown): object => Object.fromEntries(OTHER_NAMES.map((name) => [name, value]));
const kinds = Object.keys(LINE_FIELDS) as LineKind[];

describe("a line of the log (G1)", () => {
  it.each<[string, () => object]>([
    ["an object with names that are not listed", () => wide(SECRET)],
    ["an object with objects under such names", () => wide({ secret: SECRET, [SECRET]: [SECRET] })],
    ["an object with functions under such names", () => wide(() => SECRET)],
    ["an object with errors under such names", () => wide(anError())],
    ["an error", anError],
    ["an error in the place of a cause", () => ({ cause: anError(), key: anError(), reason: anError() })],
    [
      "objects in the place of texts",
      () => ({ reason: { token: SECRET }, userId: [SECRET], requestId: { [SECRET]: 1 } }),
    ],
    ["a map", () => new Map([["reason", SECRET]])],
    ["a list", () => [SECRET]],
    ["an object with a method toJSON", () => ({ toJSON: () => SECRET, reason: { toJSON: () => SECRET } })],
    ["bytes in the place of a text", () => ({ reason: Buffer.from(SECRET), userId: new String(SECRET) })],
    [
      "an object that contains itself",
      () => {
        const self: Record<string, unknown> = wide(SECRET) as never;
        self["key"] = self;
        return self;
      },
    ],
  ])("prints nothing of %s", (_, given) => {
    for (const kind of kinds.filter((each) => each !== "request_failed")) {
      const lines = printedBy(() => writeLog("error", kind, given()));
      expect(lines).toHaveLength(1);
      expect(lines.join()).not.toContain(SECRET);
      // A line `request_failed` has a field `error`: the error code.
      expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "error", event: kind });
    }
  });

  it("of a failed request contains the error code, and of the cause only the class and the places", () => {
    const fields = { ...wide(anError()), error: "internal_error", cause: anError() };
    const [line = "", ...others] = printedBy(() => writeLog("error", "request_failed", fields));
    expect(others).toEqual([]);
    expect(JSON.parse(line)).toEqual({
      level: "error",
      event: "request_failed",
      error: "internal_error",
      cause: { name: "Error" },
    });
  });

  it("of an unknown kind contains no field", () => {
    for (const kind of ["toString", "__proto__", "no_such_event"]) {
      const fields = { reason: SECRET, name: SECRET, length: SECRET };
      expect(printedBy(() => writeLog("info", kind as LineKind, fields))).toEqual([
        JSON.stringify({ level: "info", event: kind }),
      ]);
    }
  });

  it("contains no field of the line before", () => {
    const lines = printedBy(() => {
      writeLog("info", "login_failed", { reason: "wrong_password", userId: "user-1" });
      writeLog("info", "account_enabled", {});
    });
    expect(lines[1]).toBe('{"level":"info","event":"account_enabled"}');
  });

  it("may contain only these names, at any depth", () => {
    const namesIn = (listed: object): string[] =>
      Object.entries(listed).flatMap(([name, as]) => [name, ...(typeof as === "object" ? namesIn(as) : [])]);
    expect([...new Set(Object.values(LINE_FIELDS).flatMap(namesIn))].sort()).toEqual([
      ...["action", "alg", "at", "cause", "durationMs", "email", "emailHash", "error", "failures", "from", "ip"],
      ...["key", "kid", "limit", "name", "outcome", "reason", "replayed", "requestId", "retryAfterSeconds", "route"],
      ...["sessionId", "time", "to", "use", "userAgent", "userId"],
    ]);
  });
});

describe("a line of the log", () => {
  /** Characters of every kind that a terminal or a line splitter obeys. */
  const UNSAFE = [
    ...Array.from({ length: 0x20 }, (_, code) => code),
    ...Array.from({ length: 0x21 }, (_, index) => 0x7f + index),
    ...[0xad, 0x61c, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e],
    ...[0x2066, 0x2067, 0x2068, 0x2069, 0xfeff, 0xe0001],
  ].map((code) => String.fromCodePoint(code));

  const expectSafe = (line: string): void => {
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    expect(line).toMatch(/^[^\r\n]*$/);
  };

  it("contains no control character, line separator or bidirectional mark of a client, and a JSON parser returns the original text (G3, G4)", () => {
    for (const unsafe of UNSAFE) {
      const fields = { userAgent: `a${unsafe}b`, email: `${unsafe}@example.com`, reason: unsafe };
      const [line = "", ...others] = printedBy(() => writeLog("info", "login_failed", fields));
      expect(others).toEqual([]);
      expectSafe(line);
      expect(JSON.parse(line)).toEqual({ level: "info", event: "login_failed", ...fields });
    }
  });

  it("escapes these characters as JSON does (G4)", () => {
    const userAgent = "\u007f\u0085\u061c\u200e\u2028\u202e\u2066\ud800\u{e0001}";
    const [line] = printedBy(() => printLine({ userAgent }));
    expect(line).toContain("\\u007f\\u0085\\u061c\\u200e\\u2028\\u202e\\u2066\\ud800\\udb40\\udc01");
  });

  it("does not change letters and emoji", () => {
    const userAgent = "Jäne Ж 水 😀 \u00a0";
    const [line] = printedBy(() => writeLog("info", "request_denied", { userAgent }));
    expect(line).toContain(userAgent);
  });

  it("contains no lone surrogate (G4)", () => {
    for (const lone of ["\ud800", "\udfff", "\udc00\ud800"]) {
      const [line = ""] = printedBy(() => writeLog("info", "request_denied", { userAgent: lone }));
      expectSafe(line);
    }
  });
});

describe("a line of the log is written (G2)", () => {
  const printed = printedInEachTest();
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    ["AWS_LAMBDA_LOG_LEVEL", "FATAL"],
    ["AWS_LAMBDA_LOG_LEVEL", "ERROR"],
    ["AWS_LAMBDA_LOG_LEVEL", "TRACE"],
    ["POWERTOOLS_LOG_LEVEL", "SILENT"],
    ["LOG_LEVEL", "ERROR"],
    ["POWERTOOLS_LOGGER_SAMPLE_RATE", "1"],
    ["POWERTOOLS_LOGGER_LOG_EVENT", "true"],
    ["_X_AMZN_TRACE_ID", "Root=1-64bf38c7-750fc2db7678d4ba164b68a1;Sampled=1"],
  ])("without a further line, with %s=%s", async (name, value) => {
    vi.stubEnv(name, value);
    vi.resetModules();
    const { writeLog } = await import("../../../shared/log/log.ts");
    writeLog("info", "account_enabled", { userId: "user-1" });
    expect(printed.lines()).toEqual(['{"level":"info","event":"account_enabled","userId":"user-1"}']);
  });
});

describe("a text in a line of the log", () => {
  const logUserAgent = (userAgent: string): unknown => {
    const [line = ""] = printedBy(() => writeLog("info", "request_denied", { userAgent }));
    return JSON.parse(line).userAgent;
  };

  it("is cut without dividing a surrogate pair, and is always well-formed (S5)", () => {
    expect(logUserAgent(`${"x".repeat(255)}😀`)).toBe("x".repeat(255));
    expect(logUserAgent(`${"x".repeat(254)}😀`)).toBe(`${"x".repeat(254)}😀`);
    expect(logUserAgent("a\ud800b")).toBe("a\ufffdb");
  });
});
