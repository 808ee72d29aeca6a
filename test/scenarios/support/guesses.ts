import { request } from "node:http";
import { json } from "node:stream/consumers";

export type Guess = { readonly email: string; readonly password: string; readonly device_token?: string };
export type GuessResponse = {
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly body: Readonly<Record<string, unknown>>;
};
type GuessOptions = {
  /** An address in 127.0.0.0/8, which belongs to this machine. @default 127.0.0.1 */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Sends a login from an address of this machine. Resolves to the response. */
export const guess = (url: string, body: Guess, { from = "127.0.0.1", headers = {} }: GuessOptions = {}) =>
  new Promise<GuessResponse>((resolve, reject) => {
    const outgoing = request(
      `${url}/auth/login`,
      { method: "POST", localAddress: from, agent: false, headers: { "Content-Type": "application/json", ...headers } },
      async (incoming) => {
        const retryAfter = incoming.headers["retry-after"];
        resolve({
          status: incoming.statusCode ?? 0,
          retryAfter: retryAfter === undefined ? undefined : Number(retryAfter),
          body: (await json(incoming)) as GuessResponse["body"],
        });
      },
    );
    outgoing.once("error", reject);
    outgoing.end(JSON.stringify(body));
  });

/** Counts the responses by status. */
export const tally = (responses: readonly GuessResponse[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const { status } of responses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};
