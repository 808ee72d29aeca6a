import { type BloomFilter, mayContain } from "./bloom-filter.ts";
import { BITS, HASHES } from "./listed-passwords-data.ts";

/** No policy lets shorter ones pass (P1). Code points. */
export const SHORTEST_LISTED = 8;

const filter: BloomFilter = { bits: Buffer.from(BITS, "base64"), hashes: HASHES };

/**
 * Whether a password, in lower case, is on the list of leaked ones that people choose most. One in 2 000 that is not seems to
 * be: its owner chooses another.
 */
export const isListedPassword = (plain: string): boolean =>
  [...plain].length >= SHORTEST_LISTED && mayContain(filter, plain);
