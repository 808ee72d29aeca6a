import { ORIGIN_SECRET_HEADER } from "../contract/request-headers.ts";
import { LatchkeyError } from "../errors.ts";

/**
 * Every request header that decides something, in lower case, with the spelling that error descriptions use. A request must
 * not have two values of such a header (C7). `RequestHeaders` gives access to these headers only.
 */
export const DECIDING_HEADERS = {
  authorization: "Authorization",
  "cloudfront-viewer-address": "CloudFront-Viewer-Address",
  "content-type": "Content-Type",
  host: "Host",
  "idempotency-key": "Idempotency-Key",
  origin: "Origin",
  "sec-fetch-site": "Sec-Fetch-Site",
  "x-csrf-token": "X-CSRF-Token",
  [ORIGIN_SECRET_HEADER]: "X-Latchkey-Origin-Secret",
} as const;

/** The name of a header that decides something, in lower case. */
export type DecidingHeader = keyof typeof DECIDING_HEADERS;

/** The headers of a request. A name matches in any case of its ASCII letters. */
export type RequestHeaders = {
  /** Whether the request has the header, also an empty one. */
  readonly has: (name: DecidingHeader) => boolean;
  /** Whether the header has more than one value, also if the values are equal. */
  readonly isRepeated: (name: DecidingHeader) => boolean;
  /**
   * The only value of the header, or `undefined` without the header.
   * @throws LatchkeyError `invalid_request` if the header is repeated
   */
  readonly single: (name: DecidingHeader) => string | undefined;
  /** The `Cookie` headers. Several are allowed: HTTP/2 splits cookies into header lines (RFC 9113 8.2.3). */
  readonly cookies: () => readonly string[];
};

type Single = Readonly<Record<string, string | null | undefined>>;
type Multiple = Readonly<Record<string, readonly string[] | null | undefined>>;

/**
 * Reads the headers of an event of API Gateway. `multiValueHeaders` has all values of a header, `headers` only the last one.
 * HTTP APIs send no `multiValueHeaders` and join the values with a comma. So a comma in such an event means several values.
 * Source: "Work with AWS Lambda authorizers for HTTP APIs", payload format 2.0.
 */
export const requestHeaders = (event: {
  readonly headers?: Single | null | undefined;
  readonly multiValueHeaders?: Multiple | null | undefined;
}): RequestHeaders => {
  const readValues = (name: string): readonly string[] => {
    const all = valuesIn(event.multiValueHeaders ?? {}, name);
    return all.length > 0 ? all : valuesIn(event.headers ?? {}, name);
  };
  const isJoined = event.multiValueHeaders === undefined || event.multiValueHeaders === null;
  const isRepeated = (name: DecidingHeader): boolean => {
    const values = readValues(name);
    return values.length > 1 || (isJoined && values.some((value) => value.includes(",")));
  };
  return {
    has: (name) => readValues(name).length > 0,
    isRepeated,
    single: (name) => {
      if (isRepeated(name)) throw repeatedHeader(name);
      return readValues(name)[0];
    },
    cookies: () => readValues("cookie"),
  };
};

/** @throws LatchkeyError `invalid_request` that names the first header that is repeated */
export const rejectRepeatedHeaders = (headers: RequestHeaders): void => {
  for (const name of Object.keys(DECIDING_HEADERS) as DecidingHeader[]) headers.single(name);
};

const repeatedHeader = (name: DecidingHeader): LatchkeyError =>
  new LatchkeyError("invalid_request", {
    description: `\`${DECIDING_HEADERS[name]}\` must not be sent more than once.`,
  });

const valuesIn = (headers: Single | Multiple, name: string): readonly string[] =>
  Object.entries(headers)
    .filter(([other]) => toAsciiLowerCase(other) === name)
    .flatMap(([, values]) => values ?? []);

/** Lower case of ASCII letters only: `String.toLowerCase` turns U+212A (KELVIN SIGN) into `k` (RFC 9110 5.1). */
const toAsciiLowerCase = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
