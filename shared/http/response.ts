import type { APIGatewayProxyResult } from "aws-lambda";
import { ERRORS, type ErrorCode } from "../contract/errors.ts";
import { type SecurityHeaders, securityHeaders } from "../contract/security-headers.ts";
import type { LatchkeyError } from "../errors.ts";
import { getChallenge } from "./challenge.ts";

/** What a function answers. No body is 204. */
export type HttpResponse = {
  readonly status: number;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** One `Set-Cookie` each (C2). */
  readonly cookies?: readonly string[];
};

const DEFAULT_SECURITY_HEADERS = securityHeaders({ hstsIncludeSubDomains: false });

/** @param security the headers of every response; a header of the answer itself takes the place of the same one there */
export const toResult = (
  { status, body, headers, cookies }: HttpResponse,
  security: SecurityHeaders = DEFAULT_SECURITY_HEADERS,
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
 * The one shape of an error: `error` is stable, `error_description` is for people, neither shows what is inside.
 *
 * API Gateway renames `WWW-Authenticate` of a function to `x-amzn-Remapped-WWW-Authenticate` ("Amazon API Gateway
 * important notes"); the 401 of the authorized routes is the gateway's own and keeps the name.
 */
export const toErrorResponse = (error: LatchkeyError, requestId: string): HttpResponse => {
  const challenge = getChallenge(error.code, error.credentialSent);
  return {
    status: ERRORS[error.code].status,
    body: { error: error.code satisfies ErrorCode, error_description: error.message, request_id: requestId },
    headers: {
      ...(error.retryAfterSeconds === undefined ? {} : { "Retry-After": String(error.retryAfterSeconds) }),
      ...(challenge === undefined ? {} : { "WWW-Authenticate": challenge }),
    },
  };
};
