import { expect } from "vitest";
import type { ApiResponse, SessionApi, Tokens } from "../../support/session-api.ts";

/** H1 and H2: what every answer carries, whoever made it, unless it may be cached. */
export const SECURITY_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=63072000",
  "x-content-type-options": "nosniff",
} as const;

/** The one shape of an error, with its status and code. */
export const expectError = (response: ApiResponse, status: number, error: string): void => {
  expect({ status: response.status, body: response.body }).toEqual({
    status,
    body: { error, error_description: expect.stringMatching(/\S/), request_id: expect.stringMatching(/\S/) },
  });
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(Object.fromEntries(response.headers)).toMatchObject(SECURITY_HEADERS);
};

/** The access token is rejected at the gateway, as RFC 6750 3 says. */
export const expectChallenge = (response: ApiResponse): void => {
  expectError(response, 401, "invalid_token");
  expect(response.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
};

/** No access token came, so the challenge names no error (RFC 6750 3.1). */
export const expectChallengeWithoutError = (response: ApiResponse): void => {
  expectError(response, 401, "invalid_token");
  expect(response.headers.get("www-authenticate")).toBe("Bearer");
};

type Holder = Pick<Tokens, "access_token" | "refresh_token">;

/** Both tokens are good. The refresh token is used up by looking. */
export const expectAlive = async (service: SessionApi, tokens: Holder): Promise<void> => {
  expect(await service.me(tokens.access_token)).toMatchObject({ status: 200 });
  expect(await service.refresh(tokens.refresh_token)).toMatchObject({ status: 200 });
};

/** The refresh token gets nothing. */
export const expectNoRefresh = async (service: SessionApi, tokens: Holder, idempotencyKey?: string): Promise<void> =>
  expectError(await service.refresh(tokens.refresh_token, idempotencyKey), 401, "invalid_grant");

/** Neither of the tokens is good for anything, where the service looks its sessions up. */
export const expectDead = async (service: SessionApi, tokens: Holder): Promise<void> => {
  await expectNoRefresh(service, tokens);
  expectChallenge(await service.me(tokens.access_token));
};
