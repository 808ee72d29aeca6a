/**
 * The text made well-formed (a lone surrogate becomes U+FFFD) and cut to at most `maxLength` UTF-16 units. The cut does
 * not divide a pair of surrogates: such a text is one unit shorter. For text that is stored, logged or echoed.
 */
export const cutText = (text: string, maxLength: number): string => {
  const cut = text.toWellFormed().slice(0, maxLength);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
};

/**
 * Whether every text in a value parsed from JSON, names of members included, is well-formed Unicode. JSON can hold a lone
 * surrogate as an escape (`"\ud800"`), which has no UTF-8 form (RFC 8259 8.2). Does not recurse, so no depth is too deep.
 */
export const holdsOnlyWellFormedText = (value: unknown): boolean => {
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next === "string" && !next.isWellFormed()) return false;
    if (typeof next === "object" && next !== null) waiting.push(...Object.keys(next), ...Object.values(next));
  }
  return true;
};
