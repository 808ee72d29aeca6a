import { expect } from "vitest";
import type { Answer } from "../../support/session-api.ts";

/** H2, and H1 where nothing says otherwise: what every answer carries, whoever made it. */
export const SECURITY_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "x-content-type-options": "nosniff",
} as const;

/** The one shape of an error, with its status and code. */
export const expectError = (answer: Answer, status: number, error: string): void => {
  expect({ status: answer.status, body: answer.body }).toEqual({
    status,
    body: { error, error_description: expect.stringMatching(/\S/), request_id: expect.stringMatching(/\S/) },
  });
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(Object.fromEntries(answer.headers)).toMatchObject(SECURITY_HEADERS);
};
