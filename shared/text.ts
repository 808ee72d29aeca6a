/**
 * Makes a text well-formed (a lone surrogate becomes U+FFFD) and cuts the text to at most `maxLength` UTF-16 units. The cut
 * does not divide a pair of surrogates: then the result is one unit shorter. For text that is stored, logged or sent back.
 *
 * @example cutText("abc", 2) // "ab"
 */
export const cutText = (text: string, maxLength: number): string => {
  const cut = text.toWellFormed().slice(0, maxLength);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
};

/**
 * Whether every text in a value parsed from JSON is well-formed Unicode, including the names of members. JSON can contain a lone
 * surrogate as an escape (`"\ud800"`), which has no UTF-8 form (RFC 8259 8.2). The function is not recursive, so a deeply nested
 * value cannot exhaust the stack.
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
