import { expect } from "vitest";
import type { ApiResponse, SessionApi, Tokens } from "../../support/session-api.ts";

/** The headers of every response that must not be cached, of functions and of the gateway (H1, H2). */
export const SECURITY_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=63072000",
  "x-content-type-options": "nosniff",
} as const;

/** Expects an error response in the common format, with this status and code. */
export const expectError = (response: ApiResponse, status: number, error: string): void => {
  expect({ status: response.status, body: response.body }).toEqual({
    status,
    body: { error, error_description: expect.stringMatching(/\S/), request_id: expect.stringMatching(/\S/) },
  });
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(Object.fromEntries(response.headers)).toMatchObject(SECURITY_HEADERS);
};

/** Expects that the gateway rejected the access token (RFC 6750 3). */
export const expectChallenge = (response: ApiResponse): void => {
  expectError(response, 401, "invalid_token");
  expect(response.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
};

/** Expects the challenge to a request without an access token. The challenge names no error (RFC 6750 3.1). */
export const expectChallengeWithoutError = (response: ApiResponse): void => {
  expectError(response, 401, "invalid_token");
  expect(response.headers.get("www-authenticate")).toBe("Bearer");
};

type Holder = Pick<Tokens, "access_token" | "refresh_token">;

/** Expects that both tokens work. Uses up the refresh token. */
export const expectAlive = async (service: SessionApi, tokens: Holder): Promise<void> => {
  expect(await service.me(tokens.access_token)).toMatchObject({ status: 200 });
  expect(await service.refresh(tokens.refresh_token)).toMatchObject({ status: 200 });
};

/** Expects that the refresh token is rejected. */
export const expectNoRefresh = async (service: SessionApi, tokens: Holder, idempotencyKey?: string): Promise<void> =>
  expectError(await service.refresh(tokens.refresh_token, idempotencyKey), 401, "invalid_grant");

/** Expects that both tokens are rejected. The service must look its sessions up. */
export const expectDead = async (service: SessionApi, tokens: Holder): Promise<void> => {
  await expectNoRefresh(service, tokens);
  expectChallenge(await service.me(tokens.access_token));
};
