import { createHash } from "node:crypto";

/** A set that answers "surely not" or "very likely" (Bloom 1970); `bits` is its array, `hashes` how many bits an entry sets. */
export type BloomFilter = { readonly bits: Uint8Array; readonly hashes: number };

export const mayContain = ({ bits, hashes }: BloomFilter, text: string): boolean =>
  positionsOf(text, hashes, bits.length * 8).every(
    (position) => ((bits[position >> 3] ?? 0) & (1 << (position & 7))) !== 0,
  );

/** A filter over these texts. At 16 bits an entry and 11 hashes one in 2 000 others seems to be in it. */
export const buildBloomFilter = (texts: readonly string[], bitsPerText: number, hashes: number): BloomFilter => {
  const bits = new Uint8Array(Math.ceil((texts.length * bitsPerText) / 8));
  for (const text of texts) {
    for (const position of positionsOf(text, hashes, bits.length * 8)) {
      bits[position >> 3] = (bits[position >> 3] ?? 0) | (1 << (position & 7));
    }
  }
  return { bits, hashes };
};

/** As many positions as wanted from two hashes (Kirsch and Mitzenmacher 2006). */
const positionsOf = (text: string, hashes: number, size: number): readonly number[] => {
  const digest = createHash("sha256").update(text).digest();
  const [first, step] = [digest.readUInt32BE(0), digest.readUInt32BE(4) | 1];
  return Array.from({ length: hashes }, (_, index) => (first + index * (step >>> 0)) % size);
};
