import type { APIGatewayProxyResult } from "aws-lambda";
import type { HttpHandler } from "../../shared/http/handler.ts";
import { aRequest, REQUEST_ID, type RequestOptions } from "../support/http-events.ts";

export type Called = {
  readonly status: number;
  /** Undefined if the response has no body. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
  readonly headers: NonNullable<APIGatewayProxyResult["headers"]>;
  /** The whole response as text, without the id of the request. Two equal responses have equal texts. */
  readonly comparable: string;
};

/** Calls a function as API Gateway does. */
export const call = async (handler: HttpHandler, options: RequestOptions): Promise<Called> => {
  const result = await handler(aRequest(options), {});
  return {
    status: result.statusCode,
    body: result.body === "" ? undefined : JSON.parse(result.body),
    headers: result.headers ?? {},
    comparable: JSON.stringify(result).replaceAll(REQUEST_ID, "request-id"),
  };
};
