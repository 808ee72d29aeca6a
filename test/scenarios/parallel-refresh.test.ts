import { describe, expect } from "vitest";
import { it } from "../support/it.ts";
import type { Service } from "../support/service-process.ts";
import { getTokens, type Tokens } from "../support/session-api.ts";
import { expectDead } from "./support/expectations.ts";

const ROUNDS = 100;
const AT_ONCE = 50;
/** Every request costs several others to the engine, all on the machine that runs the tests. */
const TIMEOUT_MS = 900_000;

let service: Service;

it.beforeAll(({ service: started }) => {
  service = started;
});

/** All answers to one refresh token presented many times at the same moment. Throws if any of them is no success. */
const presentAtOnce = (tokens: Tokens, times: number, idempotencyKey?: string): Promise<Tokens[]> =>
  Promise.all(Array.from({ length: times }, () => service.rotate(tokens, idempotencyKey)));

const oneOf = <Item>(items: readonly Item[], index: number): Item => {
  const item = items[index % items.length];
  if (item === undefined) throw new Error("There is none");
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
        // Whichever answer a client keeps, it can go on with it: another one in each round.
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
  it("is refused each time, with no 5xx, and the session is dead (R3, R4)", async () => {
    const first = await service.signIn(await service.newAccount());
    const second = await service.rotate(first);
    const third = await service.rotate(second);
    const responses = await Promise.all(Array.from({ length: AT_ONCE }, () => service.refresh(first.refresh_token)));
    expect(responses.map(({ status }) => status)).toEqual(Array(AT_ONCE).fill(401));
    await expectDead(service, third);
  });
});

describe("refreshes that race with the end of the session", () => {
  // R8: all orders are explored in process; this shows that the running service leaves nothing alive either.
  it.each([
    ["logout", (tokens: Tokens) => service.logout(tokens.refresh_token)],
    ["logout-all", (tokens: Tokens) => service.call("POST", "/auth/logout-all", { bearer: tokens.access_token })],
  ])("leave nothing alive after %s, in 5 rounds (R8)", async (_, end) => {
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
