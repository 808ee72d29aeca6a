/** A set of texts that may contain false positives, but no false negatives (Bloom 1970). Each text sets `hashes` of the bits. */
export type BloomFilter = { readonly bits: Uint8Array; readonly hashes: number };

/** Whether the filter may contain the text. False means that the text is certainly not in the set. */
export const mayContain = ({ bits, hashes }: BloomFilter, text: string): boolean => {
  const size = bits.length * 8;
  const [first, step] = hash(text);
  for (let index = 0; index < hashes; index++) {
    const position = findPosition(first, step, index, size);
    if (((bits[position >> 3] ?? 0) & (1 << (position & 7))) === 0) return false;
  }
  return true;
};

/** Builds a filter of texts. With 19 bits for each text and 13 hashes, one of 9 000 other texts is a false positive. */
export const buildBloomFilter = (texts: readonly string[], bitsPerText: number, hashes: number): BloomFilter => {
  const bits = new Uint8Array(Math.ceil((texts.length * bitsPerText) / 8));
  for (const text of texts) {
    const [first, step] = hash(text);
    for (let index = 0; index < hashes; index++) {
      const position = findPosition(first, step, index, bits.length * 8);
      bits[position >> 3] = (bits[position >> 3] ?? 0) | (1 << (position & 7));
    }
  }
  return { bits, hashes };
};

/** Computes any number of positions from two hashes (Kirsch and Mitzenmacher 2006). */
const findPosition = (first: number, step: number, index: number, size: number): number =>
  (first + index * step) % size;

/**
 * Computes two hashes of 32 bits: FNV-1a over the UTF-16 units with two multipliers, and the final mix of MurmurHash3. The hash
 * is fast, because the check of one password looks up hundreds of parts. A collision is harmless, so a cryptographic hash is
 * not necessary.
 */
const hash = (text: string): readonly [first: number, step: number] => {
  let first = 0x811c9dc5;
  let step = 0x9e3779b9;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    first = Math.imul(first ^ unit, 0x01000193);
    step = Math.imul(step ^ unit, 0x5bd1e995);
  }
  return [mix(first), (mix(step) | 1) >>> 0];
};

const mix = (hash: number): number => {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
};
