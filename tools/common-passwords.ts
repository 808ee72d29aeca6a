import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildBloomFilter } from "../shared/passwords/bloom-filter.ts";
import { passwordSource } from "./password-source.ts";

/** Generates `shared/passwords/listed-passwords-data.ts`: `npx tsx tools/common-passwords.ts`. */
const BITS_PER_PASSWORD = 19;
const HASHES = 13;

const passwords = passwordSource();
const { bits } = buildBloomFilter(passwords, BITS_PER_PASSWORD, HASHES);
const source = `/**
 * ${passwords.length} passwords of @zxcvbn-ts/language-common 4.1.3 (MIT), as a Bloom filter. Made by tools/common-passwords.ts.
 */
export const HASHES = ${HASHES};
export const BITS =
  "${Buffer.from(bits).toString("base64")}";
`;
writeFileSync(fileURLToPath(new URL("../shared/passwords/listed-passwords-data.ts", import.meta.url)), source);
