import { type BloomFilter, mayContain } from "./bloom-filter.ts";
import { BITS, HASHES } from "./listed-passwords-data.ts";

/** The shortest listed password, in code points. */
export const MIN_LISTED_LENGTH = 5;
/** The longest listed password, in code points. */
export const MAX_LISTED_LENGTH = 20;

const filter: BloomFilter = { bits: Buffer.from(BITS, "base64"), hashes: HASHES };

/** Whether a text in lower case is on the list of the most frequent passwords. One of 9 000 other texts is a false positive. */
export const isListedPassword = (plain: string): boolean => mayContain(filter, plain);
