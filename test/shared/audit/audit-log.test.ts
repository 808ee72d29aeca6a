import { describe, expect, it } from "vitest";
import { AUDIT_FIELDS, type AuditEvent } from "../../../shared/audit/audit.ts";
import { createAudit, type EmailsInLog } from "../../../shared/audit/audit-log.ts";
import { auditedEmail } from "../../../shared/audit/audited-email.ts";
import type { SessionId, UserId } from "../../../shared/ids.ts";
import { caller } from "../../support/session-library.ts";
import { aClock } from "../../support/time.ts";

const ring = { pepper: "p".repeat(64) };
const userId = "user-1" as UserId;
const sessionId = "session-1" as SessionId;

const linesOf = (event: AuditEvent, emails: EmailsInLog = "hash", by = caller): string[] => {
  const lines: string[] = [];
  createAudit(aClock().now, { emails, namespace: "Latchkey/test", write: (line) => lines.push(line) })(event, by);
  return lines;
};
const lineOf = (...args: Parameters<typeof linesOf>) => JSON.parse(linesOf(...args)[0] ?? "");

describe("an audit event", () => {
  it("is one line that says who, what, where, when and with what result (G2)", () => {
    const lines = linesOf({ event: "login_failed", reason: "wrong_password", userId });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      time: "2027-01-15T08:00:00Z",
      event: "login_failed",
      reason: "wrong_password",
      userId,
      requestId: caller.requestId,
      ip: caller.ip,
      userAgent: caller.userAgent,
    });
  });

  it("is written without what its kind does not list, even when the object holds it (G1)", () => {
    const secrets = { password: "hunter2", refreshToken: "eyJ.a.b", passwordDigest: "$2b$12$", claims: { jti: "x" } };
    const wide = { event: "login_succeeded", userId, sessionId, ...secrets } as AuditEvent;
    const line = lineOf(wide);
    for (const name of Object.keys(secrets)) expect(line).not.toHaveProperty(name);
    expect(linesOf(wide)[0]).not.toMatch(/hunter2|eyJ|\$2b\$/);
  });

  it("is written without an object in the place of a text (G1)", () => {
    const wide = { event: "refresh_refused", reason: { token: "eyJ.a.b" } } as unknown as AuditEvent;
    expect(linesOf(wide)[0]).not.toContain("eyJ");
  });

  it.each(["\n", "\r\n", "\u2028", '"}\n{"event":"login_succeeded"'])(
    "stays one line whatever the client calls itself: %j (G3)",
    (text) => {
      const [line = ""] = linesOf({ event: "login_failed", reason: "wrong_password" }, "hash", {
        ...caller,
        userAgent: text,
      });
      expect(line.trimEnd().split("\n")).toHaveLength(1);
      expect(JSON.parse(line).userAgent).toBe(text);
    },
  );

  it("holds no more of a user agent than a browser's", () => {
    const line = lineOf({ event: "account_enabled", userId }, "hash", { ...caller, userAgent: "x".repeat(10_000) });
    expect(line.userAgent).toHaveLength(256);
  });

  it("says how long its request had taken, where that is known", () => {
    expect(lineOf({ event: "account_enabled", userId })).not.toHaveProperty("durationMs");
    const startedAt = performance.now() - 250;
    const line = lineOf({ event: "login_failed", reason: "wrong_password" }, "hash", { ...caller, startedAt });
    expect(line.durationMs).toBeGreaterThanOrEqual(250);
    expect(line.LoginDuration).toBe(line.durationMs);
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
  ])("is written as the setting %s says", (emails, expected) => {
    const { email, emailHash } = lineOf(event, emails);
    expect({ ...(email && { email }), ...(emailHash && { emailHash }) }).toEqual(expected);
  });

  it("has one hash however it is typed, and another under another pepper", () => {
    const hash = (typed: string, pepper = ring.pepper) => auditedEmail(typed, { pepper }).emailHash;
    expect(hash("JANE@example.com ")).toBe(hash("jane@example.com"));
    expect(hash("john@example.com")).not.toBe(hash("jane@example.com"));
    expect(hash("jane@example.com", "q".repeat(64))).not.toBe(hash("jane@example.com"));
  });

  it("is never written in clear when it is none: it may be a password in the wrong field (G1)", () => {
    const typed = { event: "login_failed", reason: "unknown_account", ...auditedEmail("hunter2", ring) } as const;
    expect(linesOf(typed, "clear")[0]).not.toContain("hunter2");
  });
});

describe("the metrics of an event", () => {
  it("are values of its own line, told apart by fields that it has", () => {
    const { _aws, ...line } = lineOf({ event: "login_failed", reason: "wrong_password" });
    expect(_aws).toEqual({
      Timestamp: 1_800_000_000_000,
      CloudWatchMetrics: [
        { Namespace: "Latchkey/test", Dimensions: [[]], Metrics: [{ Name: "LoginAttempts", Unit: "Count" }] },
        {
          Namespace: "Latchkey/test",
          Dimensions: [[], ["reason"]],
          Metrics: [{ Name: "LoginFailures", Unit: "Count" }],
        },
      ],
    });
    expect(line).toMatchObject({ LoginAttempts: 1, LoginFailures: 1, reason: "wrong_password" });
  });
});

it("lists no field whose name is that of a secret", () => {
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
