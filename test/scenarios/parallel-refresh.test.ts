import { describe, expect } from "vitest";
import { it } from "../support/it.ts";
import type { Service } from "../support/service-process.ts";
import { getTokens, type Tokens } from "../support/session-api.ts";
import { expectDead } from "./support/expectations.ts";

const ROUNDS = 100;
const AT_ONCE = 50;
/** Each request causes several requests to the engine, and all run on one machine. */
const TIMEOUT_MS = 900_000;

let service: Service;

it.beforeAll(({ service: started }) => {
  service = started;
});

/** Presents one refresh token many times at the same time. @throws Error if a response has no tokens */
const presentAtOnce = (tokens: Tokens, times: number, idempotencyKey?: string): Promise<Tokens[]> =>
  Promise.all(Array.from({ length: times }, () => service.rotate(tokens, idempotencyKey)));

const oneOf = <Item>(items: readonly Item[], index: number): Item => {
  const item = items[index % items.length];
  if (item === undefined) throw new Error("The list is empty");
  return item;
};

describe("one refresh token presented 50 times in parallel", () => {
  it(
    "has one successor, in each of 100 rounds, with its Idempotency-Key in every other one (R4)",
    async () => {
      let tokens = await service.signIn(await service.newAccount());
      const lineage = [tokens.refresh_token];
      for (let round = 1; round <= ROUNDS; round++) {
        const responses = await presentAtOnce(
          tokens,
          AT_ONCE,
          round % 2 === 0 ? `key-of-the-round-${round}` : undefined,
        );
        expect(new Set(responses.map(({ refresh_token }) => refresh_token)).size).toBe(1);
        expect(new Set(responses.map(({ session_id }) => session_id))).toEqual(new Set([tokens.session_id]));
        // A client can go on with any of the responses. Each round takes another response.
        tokens = oneOf(responses, round);
        expect(await service.me(tokens.access_token)).toMatchObject({ status: 200 });
        lineage.push(tokens.refresh_token);
      }
      expect(new Set(lineage).size).toBe(ROUNDS + 1);
      expect(await service.sessions(tokens.access_token)).toMatchObject([{ session_id: tokens.session_id }]);
    },
    TIMEOUT_MS,
  );
});

describe("a rotated-away token presented 50 times in parallel", () => {
  it("is rejected each time without a 5xx, and the session is revoked (R3, R4)", async () => {
    const first = await service.signIn(await service.newAccount());
    const second = await service.rotate(first);
    const third = await service.rotate(second);
    const responses = await Promise.all(Array.from({ length: AT_ONCE }, () => service.refresh(first.refresh_token)));
    expect(responses.map(({ status }) => status)).toEqual(Array(AT_ONCE).fill(401));
    await expectDead(service, third);
  });
});

describe("refreshes at the same time as the revocation of the session", () => {
  // Other tests explore all orders in one process (R8). This test shows the same for the running service.
  it.each([
    ["logout", (tokens: Tokens) => service.logout(tokens.refresh_token)],
    ["logout-all", (tokens: Tokens) => service.call("POST", "/auth/logout-all", { bearer: tokens.access_token })],
  ])("leave no usable token after %s, in 5 rounds (R8)", async (_, end) => {
    const account = await service.newAccount();
    for (let round = 1; round <= 5; round++) {
      const tokens = await service.signIn(account);
      const [ended, ...responses] = await Promise.all([
        end(tokens),
        ...Array.from({ length: 8 }, () => service.refresh(tokens.refresh_token)),
      ]);
      expect(ended).toMatchObject({ status: 204 });
      for (const response of responses) {
        expect([200, 401]).toContain(response.status);
        if (response.status === 200) await expectDead(service, getTokens(response));
      }
      await expectDead(service, tokens);
    }
  });
});
