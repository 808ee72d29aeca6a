/** What a failed invocation or a thrown error says about itself. */
export type Failure = { readonly name: string; readonly message: string };

/** CloudFormation reads at most 4,096 bytes of a whole response, which also holds ids and ARNs. */
const MAX_REASON_BYTES = 1024;

/**
 * Errors of the language itself. Their messages quote the data that they stumbled over (`SyntaxError` quotes the text that is
 * not JSON), and the data of `rotate-keys` is secret. Only their names are shown.
 */
const QUOTES_DATA = new Set(["SyntaxError", "TypeError", "RangeError", "URIError"]);

/**
 * The `Reason` that the operator reads in the events of the stack: the name of the error (unless it is just `Error`) and its
 * message, on one line and within 1,024 bytes. Messages of our code and of the AWS SDK hold no secret; the message of an error that may quote
 * data is left out.
 */
export const failureReason = ({ name, message }: Failure, prefix = ""): string => {
  const cause = QUOTES_DATA.has(name) || message === "" ? name : name === "Error" ? message : `${name}: ${message}`;
  return truncate(`${prefix}${cause}`.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ").trim());
};

/** The name and the message of whatever was thrown. */
export const getFailure = (error: unknown): Failure =>
  error instanceof Error ? { name: error.name, message: error.message } : { name: "Error", message: "unknown" };

/** Cuts between code points, because half of one is no UTF-8. */
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
