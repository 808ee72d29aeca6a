/** A set that answers "surely not" or "very likely" (Bloom 1970); `bits` is its array, `hashes` how many bits an entry sets. */
export type BloomFilter = { readonly bits: Uint8Array; readonly hashes: number };

export const mayContain = ({ bits, hashes }: BloomFilter, text: string): boolean => {
  const size = bits.length * 8;
  const [first, step] = hash(text);
  for (let index = 0; index < hashes; index++) {
    const position = findPosition(first, step, index, size);
    if (((bits[position >> 3] ?? 0) & (1 << (position & 7))) === 0) return false;
  }
  return true;
};

/** A filter over these texts. At 19 bits an entry and 13 hashes one in 9 000 others seems to be in it. */
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

/** As many positions as wanted from two hashes (Kirsch and Mitzenmacher 2006). */
const findPosition = (first: number, step: number, index: number, size: number): number =>
  (first + index * step) % size;

/**
 * Two hashes of 32 bits: FNV-1a over the UTF-16 units with two multipliers, mixed by the end of MurmurHash3. A password has
 * hundreds of parts to look up, and nothing here need withstand somebody who makes two texts collide.
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
