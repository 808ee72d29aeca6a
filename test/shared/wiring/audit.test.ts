import { describe, expect, it } from "vitest";
import { AUDIT_FIELDS, type AuditEvent } from "../../../shared/audit/audit.ts";
import type { SessionId, UserId } from "../../../shared/ids.ts";
import { auditedEmail } from "../../../shared/users/audited-email.ts";
import { createAudit, type EmailsInLog } from "../../../shared/wiring/audit.ts";
import { printedBy } from "../../support/printed.ts";
import { caller } from "../../support/session-library.ts";
import { aClock } from "../../support/time.ts";

const ring = { rootSecret: "p".repeat(64) };
const userId = "user-1" as UserId;
const sessionId = "session-1" as SessionId;

/** Returns the line of the event, followed by the lines of its metrics. */
const printedLines = (event: AuditEvent, emails: EmailsInLog = "hash", by = caller): readonly string[] =>
  printedBy(() => createAudit(aClock().now, { emails, namespace: "Latchkey/test" })(event, by));
const printedLine = (...args: Parameters<typeof printedLines>) => JSON.parse(printedLines(...args)[0] ?? "");
const toMetrics = (...args: Parameters<typeof printedLines>) =>
  printedLines(...args)
    .slice(1)
    .map((line) => JSON.parse(line));

describe("an audit event", () => {
  it("is one line with the user, the event, the origin, the time and the result (G2)", () => {
    const lines = printedLines({ event: "login_failed", reason: "wrong_password", userId });
    expect(lines.filter((line) => "event" in JSON.parse(line))).toEqual([lines[0]]);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      level: "info",
      time: "2027-01-15T08:00:00Z",
      event: "login_failed",
      reason: "wrong_password",
      userId,
      requestId: caller.requestId,
      ip: caller.ip,
      userAgent: caller.userAgent,
    });
  });

  it("is written without fields that its kind does not list, even if the object has them (G1)", () => {
    const secrets = { password: "hunter2", refreshToken: "eyJ.a.b", passwordDigest: "$2b$12$", claims: { jti: "x" } };
    const wide = { event: "login_succeeded", userId, sessionId, ...secrets } as AuditEvent;
    const line = printedLine(wide);
    for (const name of Object.keys(secrets)) expect(line).not.toHaveProperty(name);
    expect(printedLines(wide).join()).not.toMatch(/hunter2|eyJ|\$2b\$/);
  });

  it("is written without an object in the place of a text, and so are the dimensions of its metrics (G1)", () => {
    const wide = { event: "refresh_rejected", reason: { token: "eyJ.a.b" } } as unknown as AuditEvent;
    expect(printedLines(wide).join()).not.toContain("eyJ");
    expect(toMetrics(wide)).toMatchObject([{ RefreshRejections: 1, service: "latchkey" }]);
  });

  it.each(["\n", "\r\n", "\u2028", '"}\n{"event":"login_succeeded"'])(
    "stays one line with the user agent %j (G3)",
    (text) => {
      const forged = printedLines({ event: "account_enabled", userId }, "hash", { ...caller, userAgent: text });
      expect(forged).toHaveLength(1);
      expect(JSON.parse(forged[0] ?? "").userAgent).toBe(text);
    },
  );

  it("contains at most 256 characters of the user agent", () => {
    const line = printedLine({ event: "account_enabled", userId }, "hash", {
      ...caller,
      userAgent: "x".repeat(10_000),
    });
    expect(line.userAgent).toHaveLength(256);
  });

  it("contains the duration of the request, if the start is known", () => {
    expect(printedLine({ event: "account_enabled", userId })).not.toHaveProperty("durationMs");
    const startedAt = performance.now() - 250;
    const event: AuditEvent = { event: "login_failed", reason: "wrong_password" };
    const [line = {}, together = {}] = printedLines(event, "hash", { ...caller, startedAt }).map((each) =>
      JSON.parse(each),
    );
    expect(line.durationMs).toBeGreaterThanOrEqual(250);
    expect(together.LoginDuration).toBe(line.durationMs);
  });
});

describe("an e-mail address in the log", () => {
  const event: AuditEvent = {
    event: "login_failed",
    reason: "unknown_account",
    ...auditedEmail(" Jane@Example.com", ring),
  };

  it.each<[EmailsInLog, object]>([
    ["clear", { email: "jane@example.com" }],
    ["hash", { emailHash: expect.stringMatching(/^[\w-]{43}$/) }],
    ["omit", {}],
  ])("is written according to the setting %s", (emails, expected) => {
    const { email, emailHash } = printedLine(event, emails);
    expect({ ...(email && { email }), ...(emailHash && { emailHash }) }).toEqual(expected);
  });

  it("has one hash for all spellings, and another hash under another root secret", () => {
    const hash = (typed: string, rootSecret = ring.rootSecret) => auditedEmail(typed, { rootSecret }).emailHash;
    expect(hash("JANE@example.com ")).toBe(hash("jane@example.com"));
    expect(hash("john@example.com")).not.toBe(hash("jane@example.com"));
    expect(hash("jane@example.com", "q".repeat(64))).not.toBe(hash("jane@example.com"));
  });

  it("is never written in clear if the text is not an address, because it may be a password in the wrong field (G1)", () => {
    const typed = { event: "login_failed", reason: "unknown_account", ...auditedEmail("hunter2", ring) } as const;
    expect(printedLines(typed, "clear").join()).not.toContain("hunter2");
  });
});

describe("the metrics of an event", () => {
  const failed: AuditEvent = { event: "login_failed", reason: "wrong_password", userId };
  const emf = (Dimensions: string[][], Name: string) => ({
    Timestamp: 1_800_000_000_000,
    CloudWatchMetrics: [{ Namespace: "Latchkey/test", Dimensions, Metrics: [{ Name, Unit: "Count" }] }],
  });

  it("have dimensions from the fields of its line, and contain no other field", () => {
    expect(toMetrics(failed)).toEqual([
      { _aws: emf([["service"]], "LoginAttempts"), service: "latchkey", LoginAttempts: 1 },
      {
        _aws: emf([["service"], ["service", "reason"]], "LoginFailures"),
        service: "latchkey",
        reason: "wrong_password",
        LoginFailures: 1,
      },
    ]);
  });

  it("leave nothing for the next event of the execution environment, and an event without metrics writes only its line", () => {
    const lines = printedBy(() => {
      const audit = createAudit(aClock().now, { emails: "hash", namespace: "Latchkey/test" });
      audit(failed, caller);
      audit({ event: "account_enabled", userId }, caller);
      audit({ event: "account_registered", userId }, caller);
    }).map((line) => JSON.parse(line));
    expect(lines.slice(3)).toEqual([
      expect.objectContaining({ event: "account_enabled" }),
      expect.objectContaining({ event: "account_registered" }),
      { _aws: emf([["service"]], "Registrations"), service: "latchkey", Registrations: 1 },
    ]);
  });
});

it("lists no field with the name of a secret", () => {
  const names = Object.values(AUDIT_FIELDS).flatMap((fields) => Object.keys(fields));
  expect([...new Set(names)].sort()).toEqual([
    "email",
    "emailHash",
    "failures",
    "limit",
    "reason",
    "replayed",
    "retryAfterSeconds",
    "route",
    "sessionId",
    "userId",
  ]);
});
