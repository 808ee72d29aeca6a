import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LocalService, startLocal } from "../../local/local.ts";
import { synthesize } from "../../local/synthesize.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The real service on a free port, in memory, with `/_local/clock`. */
export const startService = (context: Readonly<Record<string, string>> = {}): Promise<LocalService> =>
  startLocal({
    port: 0,
    dataDirectory: undefined,
    controls: true,
    assembly: () =>
      synthesize({ root: ROOT, context, cacheDirectory: join(ROOT, ".latchkey", "cdk"), onProgress: () => undefined }),
  });

/** Past the end of an access token, clock tolerance included. */
export const ACCESS_TOKEN_LIFE = 910;

export type Account = { readonly email: string; readonly password: string };

let accounts = 0;

/** A new account, so that tests do not meet in one. */
export const createAccount = async (service: Pick<LocalService, "url">): Promise<Account> => {
  const account = { email: `somebody-${++accounts}@example.com`, password: "seven quiet herons" };
  const answer = await fetch(`${service.url}/auth/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(account),
  });
  if (answer.status !== 201) throw new Error(`The account was not created: ${answer.status} ${await answer.text()}`);
  return account;
};
