import fc from "fast-check";
import { describe, expect } from "vitest";
import type { IssuedTokens } from "../../../shared/sessions/issue-tokens.ts";
import type { User } from "../../../shared/users/user.ts";
import type { TestDynamoDb } from "../../support/dynamodb.ts";
import { it } from "../../support/it.ts";
import { isLongSearch, searchRuns } from "../../support/runs.ts";
import { getTokens, PASSWORD, type SessionLibrary, sessionLibrary } from "../../support/session-library.ts";

let database: TestDynamoDb;
it.beforeAll(({ database: started }) => {
  database = started;
});

const WINDOW_SECONDS = 30;
const FOR_EVER = Number.POSITIVE_INFINITY;

/** A request that the client repeats: at any later time if the service asked for a retry, within the window if the response was lost. */
type Retry = { readonly token: string; readonly until: number };

/**
 * A client that sends no key and follows docs/clients.md. The client repeats a refresh as long as the service asks for a retry. It
 * presents the newest token that it has received, and never a token that one of its refreshes has replaced.
 */
type Client = {
  readonly library: SessionLibrary;
  readonly user: User;
  password: string;
  changes: number;
  tokens: IssuedTokens;
  /** Until when the client may present its token. After a lost response that is half a minute. */
  mayPresentUntil: number;
  /** Whether the service told the client to retry with its token. */
  isToldToRetry: boolean;
  retries: Retry[];
  /** Writes that timed out and take effect later. */
  readonly delayed: (() => Promise<unknown>)[];
};

const now = ({ library }: Client): number => library.clock.now();

const signIn = async (client: Client): Promise<void> => {
  client.tokens = getTokens(await client.library.logIn(client.user, client.password));
  client.mayPresentUntil = FOR_EVER;
  client.isToldToRetry = false;
  client.retries = [];
};

const receive = (client: Client, tokens: IssuedTokens): void => {
  client.retries = client.retries.filter(({ token }) => token !== client.tokens.refreshToken);
  client.tokens = tokens;
  client.mayPresentUntil = FOR_EVER;
  client.isToldToRetry = false;
};

/** Presents a token. A client that is told to retry may retry at any later time. */
const present = async (
  client: Client,
  token: string,
  environment: Pick<SessionLibrary, "refresh"> = client.library,
) => {
  const outcome = await environment.refresh(token).catch((error: { code?: string; name?: string }) => {
    if (error.code !== "temporarily_unavailable" && error.name !== "TimeoutError") throw error;
    return undefined;
  });
  if (outcome === undefined) {
    if (token === client.tokens.refreshToken) {
      client.mayPresentUntil = FOR_EVER;
      client.isToldToRetry = true;
    } else client.retries.push({ token, until: FOR_EVER });
  }
  return outcome;
};

/** If the session of the client is over, the client signs in again. */
const goOn = async (client: Client): Promise<void> => {
  const isOver = !(await client.library.isUsable(client.tokens.session));
  if (isOver || now(client) > client.mayPresentUntil) await signIn(client);
};

const change = async (client: Client): Promise<void> => {
  client.changes += 1;
  const next = `${PASSWORD} number ${client.changes}`;
  const changed = await client.library.changePassword(client.tokens.session, client.password, next);
  if (changed.outcome !== "changed") throw new Error(changed.outcome);
  client.password = next;
  // A process of the client that was told to retry does not know yet that another process has received a new token.
  const { tokens, mayPresentUntil, isToldToRetry } = client;
  if (isToldToRetry || mayPresentUntil < FOR_EVER) {
    client.retries.push({ token: tokens.refreshToken, until: mayPresentUntil });
  }
  client.tokens = changed.tokens;
  client.mayPresentUntil = FOR_EVER;
  client.isToldToRetry = false;
};

const operations = {
  refresh: async (client: Client) => {
    const outcome = await present(client, client.tokens.refreshToken);
    if (outcome !== undefined) receive(client, getTokens(outcome));
  },
  "refresh, and lose the response": async (client: Client) => {
    const { refreshToken } = client.tokens;
    const outcome = await present(client, refreshToken);
    if (outcome !== undefined) client.mayPresentUntil = Math.min(client.mayPresentUntil, now(client) + WINDOW_SECONDS);
  },
  "change the password": change,
  "change the password before a refresh arrives": async (client: Client) => {
    const { refreshToken } = client.tokens;
    await change(client);
    await present(client, refreshToken);
  },
  "refresh while a read fails": async (client: Client) => {
    const failing = database.newDocumentClient();
    failing.middlewareStack.add(
      (next, context) => async (args) => {
        if (String(context["commandName"]).startsWith("Update")) return next(args);
        throw Object.assign(new Error("Timeout"), { name: "TimeoutError" });
      },
      { step: "initialize" },
    );
    await present(client, client.tokens.refreshToken, client.library.createEnvironment(failing));
    failing.destroy();
  },
  "refresh while the write takes effect late": async (client: Client) => {
    const slow = database.newDocumentClient();
    let isHeld = false;
    slow.middlewareStack.add(
      (next, context) => async (args) => {
        if (isHeld || !String(context["commandName"]).startsWith("Update")) return next(args);
        isHeld = true;
        client.delayed.push(() => next(args).catch(() => undefined));
        throw Object.assign(new Error("Timeout"), { name: "TimeoutError" });
      },
      { step: "initialize" },
    );
    await present(client, client.tokens.refreshToken, client.library.createEnvironment(slow));
  },
  "a late write takes effect": async (client: Client) => {
    await client.delayed.shift()?.();
  },
  "retry as the service asked": async (client: Client) => {
    const retry = client.retries.shift();
    if (retry === undefined || now(client) > retry.until) return;
    const outcome = await present(client, retry.token);
    expect(outcome?.outcome).not.toBe("rotated");
  },
  "let a moment pass": async (client: Client) => client.library.clock.advance(7),
  "let the window close": async (client: Client) => client.library.clock.advance(31),
  "let a day pass": async (client: Client) => client.library.clock.advance(86_400),
} satisfies Record<string, (client: Client) => Promise<unknown>>;

const names = Object.keys(operations) as (keyof typeof operations)[];

describe("a client without a key that retries when it is told to", () => {
  it("is never treated as a thief and keeps its session, whatever password changes come in between (R10, R5)", async () => {
    const seed = isLongSearch ? Date.now() % 2 ** 31 : 20_260;
    const done = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...names), { minLength: 20, maxLength: 60 }), async (sequence) => {
        const library = sessionLibrary(database);
        const user = await library.signUp();
        const tokens = getTokens(await library.logIn(user));
        const client: Client = {
          library,
          user,
          tokens,
          password: PASSWORD,
          changes: 0,
          mayPresentUntil: FOR_EVER,
          isToldToRetry: false,
          retries: [],
          delayed: [],
        };
        for (const name of sequence) {
          await goOn(client);
          const { session } = client.tokens;
          await operations[name](client);
          done.set(name, (done.get(name) ?? 0) + 1);
          expect(library.audited.filter(({ event }) => event === "refresh_token_reused")).toEqual([]);
          expect((await library.dependencies.sessions.find(session))?.revokedAt).toBeUndefined();
        }
      }),
      { ...searchRuns(12), seed },
    );
    const total = [...done.values()].reduce((sum, count) => sum + count, 0);
    if (isLongSearch) console.info(`honest clients: ${total} operations without a false theft, seed ${seed}`);
    for (const name of names) expect(done.get(name), name).toBeGreaterThan(5);
  }, 3_600_000);
});
