import { partsAt, prepare } from "./password-parts.ts";

/**
 * Computes the cost of the cheapest way to compose a text from parts, in bits. The cost of a part is log2 of the number of
 * tries of an attacker who knows how people choose passwords. `common-passwords.ts` decides which cost is too low.
 *
 * The search continues from a place only if the cost up to that place is below the limit. So for a good password of any length
 * the search ends after a few characters. Time and memory grow with the square of the length: about ten milliseconds and half a
 * megabyte for the worst text of 512 units.
 *
 * @param text in lower case, without spaces
 * @returns infinity if the cost is `limit` or more
 * @example guessingCost("monkey123", 39) < 39 // true
 */
export const guessingCost = (text: string, limit: number): number => {
  const searched = prepare(text);
  /** The lowest known cost of the text up to each place. */
  const cheapest = [0];
  for (let start = 0; start < text.length; start++) {
    const costToHere = cheapest[start];
    if (costToHere === undefined || costToHere >= limit) continue;
    for (const [length, cost] of partsAt(searched, start)) {
      const end = start + length;
      cheapest[end] = Math.min(cheapest[end] ?? Number.POSITIVE_INFINITY, costToHere + cost);
    }
  }
  const whole = cheapest[text.length] ?? Number.POSITIVE_INFINITY;
  return whole < limit ? whole : Number.POSITIVE_INFINITY;
};
