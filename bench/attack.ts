import type { LocalService } from "../local/local.ts";
import { anAccount, createSessionApi } from "../test/support/session-api.ts";

/** How many accounts are guessed at, how often each in a round, and how many rounds there are, a plot's point or more apart. */
const ACCOUNTS = 5;
const GUESSES = 5;
const ROUNDS = 6;
const SECONDS_BETWEEN = 70;
const UNKNOWN_ACCOUNTS = 3;

/**
 * What an operator sees on a bad day: people sign in and go on, while somebody guesses passwords until the limits stop it and
 * presents a refresh token that was used already.
 */
export const attack = async ({ url, advance }: LocalService): Promise<void> => {
  const api = createSessionApi(url);
  const accounts = [];
  for (let index = 0; index < ACCOUNTS; index++) accounts.push(await api.newAccount());
  const [stolen, ...others] = await Promise.all(accounts.map((account) => api.signIn(account)));
  if (stolen === undefined) throw new Error("Nobody is signed in");
  let sessions = others;

  for (let round = 0; round < ROUNDS; round++) {
    await advance(SECONDS_BETWEEN);
    for (const { email } of accounts) {
      for (let guess = 0; guess < GUESSES; guess++) await api.login({ email, password: `guess ${round} ${guess}` });
    }
    for (let unknown = 0; unknown < UNKNOWN_ACCOUNTS; unknown++) await api.login(anAccount());
    sessions = await Promise.all(sessions.map((tokens) => api.rotate(tokens)));
    for (const tokens of sessions) await api.me(tokens.access_token);
  }

  await api.rotate(stolen);
  await advance(SECONDS_BETWEEN);
  await api.refresh(stolen.refresh_token);
  await api.signIn(await api.newAccount());
};
