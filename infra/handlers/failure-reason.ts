/** The name and the message of an error. */
export type Failure = { readonly name: string; readonly message: string };

/** CloudFormation reads at most 4,096 bytes of a response, which also has ids and ARNs. */
const MAX_REASON_BYTES = 1024;

/**
 * Errors of JavaScript itself. Their messages quote data: a `SyntaxError` quotes the text that is not JSON. The data of `rotate-keys`
 * is secret, so only the names of these errors are shown.
 */
const QUOTES_DATA = new Set(["SyntaxError", "TypeError", "RangeError", "URIError"]);

/**
 * Returns the `Reason` that the operator sees in the events of the stack: the name of the error (unless the name is `Error`) and its
 * message, on one line of at most 1,024 bytes.
 *
 * Messages of this repository and of the AWS SDK have no secret. The message of an error that may quote data is left out.
 */
export const failureReason = ({ name, message }: Failure, prefix = ""): string => {
  const cause = QUOTES_DATA.has(name) || message === "" ? name : name === "Error" ? message : `${name}: ${message}`;
  return truncate(`${prefix}${cause}`.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ").trim());
};

/** Returns the name and the message of a thrown value. */
export const toFailure = (error: unknown): Failure =>
  error instanceof Error ? { name: error.name, message: error.message } : { name: "Error", message: "unknown" };

/** Cuts a text to the limit between code points, because a part of a code point is not valid UTF-8. */
const truncate = (text: string): string => {
  if (Buffer.byteLength(text) <= MAX_REASON_BYTES) return text;
  const ellipsis = "…";
  let bytes = Buffer.byteLength(ellipsis);
  let kept = "";
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_REASON_BYTES) break;
    kept += character;
  }
  return `${kept}${ellipsis}`;
};
