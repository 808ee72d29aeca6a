import type { MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";

/** A middleware of middy for requests of a REST API. `before` runs in the order of `use`; `after` and `onError` run in reverse. */
export type Middleware = MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult>;
