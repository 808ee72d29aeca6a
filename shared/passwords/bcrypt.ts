import { hash } from "bcryptjs";

/**
 * Computes a bcrypt digest of 60 characters from the input and a salt (`$2b$12$` and 22 characters): 2^cost rounds. A test
 * passes its own function and counts the rounds.
 */
export type Bcrypt = (input: string, salt: string) => Promise<string>;

/** bcrypt in JavaScript. */
export const bcryptjs: Bcrypt = (input, salt) => hash(input, salt);

/** The cost of every new digest and of every verification (P6). */
export const DEFAULT_COST = 12;

/** The lowest cost that bcrypt defines. */
export const MIN_COST = 4;

/** Four times the work of the default. The verification of a digest with a higher cost would take seconds. */
export const MAX_COST = 14;

/** Returns a salt for a computation whose result is not used. */
export const idleSalt = (cost: number): string => `$2b$${String(cost).padStart(2, "0")}$${".".repeat(22)}`;

/**
 * Does the work that is missing after a hash at cost `done`, so that the total equals one hash at cost `wanted`. The function
 * computes one hash at every cost from `done` to `wanted - 1`, because 2^d + (2^d + 2^(d+1) + … + 2^(w-1)) = 2^w. Does nothing
 * if `done` is not below `wanted`.
 */
export const makeUpWork = async (bcrypt: Bcrypt, done: number, wanted: number): Promise<void> => {
  for (let cost = done; cost < wanted; cost++) await bcrypt("", idleSalt(cost));
};
