import type { LocalService } from "../local/local.ts";
import { anAccount, createSessionApi } from "../test/support/session-api.ts";

/** The accounts that the attacker guesses at. */
const ACCOUNTS = 5;
/** Guesses for each account in a round. */
const GUESSES = 5;
const ROUNDS = 6;
/** Between two rounds. The dashboard has a point every ten seconds, so each round has its own points. */
const SECONDS_BETWEEN = 70;
const UNKNOWN_ACCOUNTS = 3;

/**
 * Plays an attack, so that the operator's page has something to show. Users sign in and refresh their sessions. An attacker guesses
 * passwords until the limits stop the attacker, and presents a refresh token that was rotated away.
 */
export const attack = async ({ url, advance }: LocalService): Promise<void> => {
  const api = createSessionApi(url);
  const accounts = [];
  for (let index = 0; index < ACCOUNTS; index++) accounts.push(await api.newAccount());
  const [stolen, ...others] = await Promise.all(accounts.map((account) => api.signIn(account)));
  if (stolen === undefined) throw new Error("The first account is not signed in");
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
