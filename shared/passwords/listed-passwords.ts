import { type BloomFilter, mayContain } from "./bloom-filter.ts";
import { BITS, HASHES } from "./listed-passwords-data.ts";

/** Code points. */
export const MIN_LISTED_LENGTH = 5;
export const MAX_LISTED_LENGTH = 20;

const filter: BloomFilter = { bits: Buffer.from(BITS, "base64"), hashes: HASHES };

/** Whether a text, in lower case, is on the list of passwords that people choose most. One in 9 000 that is not seems to be. */
export const isListedPassword = (plain: string): boolean => mayContain(filter, plain);
