import type { GatewayRequest } from "../../../local/api-gateway/gateway-request.ts";

/** A `GET /auth/me` without headers and query, for tests that need a request but no network. */
export const aGatewayRequest = (parts: Partial<GatewayRequest> = {}): GatewayRequest => ({
  httpMethod: "GET",
  path: "/auth/me",
  headers: new Map(),
  query: new Map(),
  protocol: "HTTP/1.1",
  host: "127.0.0.1",
  sourceIp: "127.0.0.1",
  requestId: "request-1",
  extendedRequestId: "extended-1",
  traceId: "Root=1",
  time: 0,
  ...parts,
});
