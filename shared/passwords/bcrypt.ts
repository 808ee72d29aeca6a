import { hash } from "bcryptjs";

/**
 * The one primitive that is needed of bcrypt: input and salt (`$2b$12$` and 22 characters) to the digest of 60
 * characters. It costs 2^cost rounds; a test counts them by passing its own.
 */
export type Bcrypt = (input: string, salt: string) => Promise<string>;

export const bcryptjs: Bcrypt = (input, salt) => hash(input, salt);

/** The cost of every new digest, and the work of every verification (P6). */
export const DEFAULT_COST = 12;

/** bcrypt itself knows no lower one. */
export const MIN_COST = 4;

/** Four times the work of the default: a digest above it would keep a function busy for seconds. */
export const MAX_COST = 14;

/** A salt for work whose result nobody looks at. */
export const idleSalt = (cost: number): string => `$2b$${String(cost).padStart(2, "0")}$${".".repeat(22)}`;

/**
 * The work that a hash at cost `done` lacks of one at cost `wanted`: a hash at every cost from `done` up to below
 * `wanted`, since 2^d + (2^d + 2^(d+1) + … + 2^(w-1)) = 2^w. None when `done` is not below `wanted`.
 */
export const makeUpWork = async (bcrypt: Bcrypt, done: number, wanted: number): Promise<void> => {
  for (let cost = done; cost < wanted; cost++) await bcrypt("", idleSalt(cost));
};
