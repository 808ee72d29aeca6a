/**
 * Everything that a terminal or a line splitter may obey and that `JSON.stringify` leaves as it is: control characters from
 * U+007F to U+009F, line and paragraph separators, and format characters, bidirectional marks among them (Unicode general
 * categories Cc, Cf, Zl and Zp). `JSON.stringify` itself escapes those below U+0020 and lone surrogates.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Writes a value as JSON in one line of text that no client can forge, break or reorder (G3, G4): what is unsafe is escaped as
 * `\uXXXX`, so a reader of the JSON gets the text as it was. Every line of the functions' logs goes through here.
 *
 * @param stream @default the standard output
 */
export const printLine = (value: object, stream: NodeJS.WritableStream = process.stdout): void => {
  stream.write(`${JSON.stringify(value).replace(UNSAFE, escaped)}\n`);
};

const escaped = (character: string): string =>
  Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
    .map((codeUnit) => `\\u${codeUnit.toString(16).padStart(4, "0")}`)
    .join("");
