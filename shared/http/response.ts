import type { APIGatewayProxyResult } from "aws-lambda";
import { ERRORS, type ErrorCode, type LatchkeyError } from "../errors.ts";

/** What a function answers. No body is 204. */
export type HttpResponse = {
  readonly status: number;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** One `Set-Cookie` each (C2). */
  readonly cookies?: readonly string[];
};

/** On every answer (H1, H2). A function that may be cached says so in its own headers. */
const SECURITY_HEADERS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
  "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
  "X-Content-Type-Options": "nosniff",
};

export const toResult = ({ status, body, headers, cookies }: HttpResponse): APIGatewayProxyResult => ({
  statusCode: status,
  headers: {
    ...SECURITY_HEADERS,
    ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    ...headers,
  },
  ...(cookies === undefined ? {} : { multiValueHeaders: { "Set-Cookie": [...cookies] } }),
  body: body === undefined ? "" : JSON.stringify(body),
});

/** The one shape of an error: `error` is stable, `error_description` is for people, neither shows what is inside. */
export const toErrorResponse = (error: LatchkeyError, requestId: string): HttpResponse => ({
  status: ERRORS[error.code].status,
  body: { error: error.code satisfies ErrorCode, error_description: error.message, request_id: requestId },
  headers: error.retryAfterSeconds === undefined ? {} : { "Retry-After": String(error.retryAfterSeconds) },
});
