import type { APIGatewayProxyResult } from "aws-lambda";
import { ERRORS, type ErrorCode } from "../contract/errors.ts";
import type { SecurityHeaders } from "../contract/security-headers.ts";
import type { LatchkeyError } from "../errors.ts";
import { toChallenge } from "./challenge.ts";

/** The response of a function, before it becomes a result for API Gateway. */
export type HttpResponse = {
  readonly status: number;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Each value becomes a separate `Set-Cookie` header (C2). */
  readonly cookies?: readonly string[];
};

/**
 * Makes the result of a REST API with proxy integration.
 * @param security the headers of every response. A header of the response itself replaces the security header of the same name.
 */
export const toResult = (
  { status, body, headers, cookies }: HttpResponse,
  security: SecurityHeaders,
): APIGatewayProxyResult => ({
  statusCode: status,
  headers: {
    ...security,
    ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    ...headers,
  },
  ...(cookies === undefined ? {} : { multiValueHeaders: { "Set-Cookie": [...cookies] } }),
  body: body === undefined ? "" : JSON.stringify(body),
});

/**
 * Makes the response to an error in the one shape: `error` is a stable code and `error_description` is for people. Neither
 * contains internals.
 *
 * API Gateway renames `WWW-Authenticate` in the response of a function to `x-amzn-Remapped-WWW-Authenticate` ("Amazon API Gateway
 * important notes"). API Gateway itself makes the 401 of the authorized routes, which keeps the name.
 */
export const toErrorResponse = (error: LatchkeyError, requestId: string): HttpResponse => {
  const challenge = toChallenge(error.code, error.credentialSent);
  return {
    status: ERRORS[error.code].status,
    body: { error: error.code satisfies ErrorCode, error_description: error.message, request_id: requestId },
    headers: {
      ...(error.retryAfterSeconds === undefined ? {} : { "Retry-After": String(error.retryAfterSeconds) }),
      ...(challenge === undefined ? {} : { "WWW-Authenticate": challenge }),
    },
  };
};
