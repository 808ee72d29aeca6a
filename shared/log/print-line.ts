/**
 * The characters that change how a terminal or a line splitter reads the text, and that `JSON.stringify` does not escape:
 * control characters from U+007F to U+009F, line and paragraph separators, and format characters such as bidirectional marks
 * (Unicode general categories Cc, Cf, Zl and Zp). `JSON.stringify` escapes control characters below U+0020 and lone surrogates.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Writes a value as one line of JSON. A client cannot forge, break or reorder a line (G3, G4): unsafe characters are escaped as
 * `\uXXXX`, so a JSON parser returns the original text. Every line in the logs of the functions is written here.
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
