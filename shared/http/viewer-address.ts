import { isIP } from "node:net";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { ORIGIN_SECRET_HEADER } from "../contract/request-headers.ts";
import { isEqualInConstantTime } from "../crypto/constant-time.ts";
import type { HttpHandler } from "./handler.ts";
import { requestHeaders } from "./header-values.ts";

/**
 * Where a request comes from (B3): the address that API Gateway saw. Behind our CDN that is one of the CDN's, and the viewer's
 * is in `CloudFront-Viewer-Address`; anybody may write that header, so it counts only beside the origin secret.
 * `X-Forwarded-For` never counts.
 */
export const viewerAddress = (event: APIGatewayProxyEvent, originSecret: string | undefined): string => {
  const { sourceIp } = event.requestContext.identity;
  const headers = requestHeaders(event);
  if (([ORIGIN_SECRET_HEADER, "cloudfront-viewer-address"] as const).some(headers.isRepeated)) return sourceIp;
  const viewer = headers.single("cloudfront-viewer-address");
  if (originSecret === undefined || viewer === undefined) return sourceIp;
  if (!isEqualInConstantTime(headers.single(ORIGIN_SECRET_HEADER), originSecret)) return sourceIp;
  return parseAddress(viewer) ?? sourceIp;
};

/** Makes a handler see the viewer's address as the request's. A secret that cannot be read proves nothing. */
export const withViewerAddress = (
  handler: HttpHandler,
  originSecret: (() => Promise<string>) | undefined,
): HttpHandler => {
  if (originSecret === undefined) return handler;
  return async (event, context) => {
    if (!requestHeaders(event).has(ORIGIN_SECRET_HEADER)) return handler(event, context);
    const sourceIp = viewerAddress(event, await originSecret().catch(() => undefined));
    const identity = { ...event.requestContext.identity, sourceIp };
    return handler({ ...event, requestContext: { ...event.requestContext, identity } }, context);
  };
};

/** `198.51.100.10:46532`, and IPv6 likewise with the port behind the last colon, with or without brackets. */
const parseAddress = (viewer: string): string | undefined => {
  const address = viewer.slice(0, Math.max(0, viewer.lastIndexOf(":"))).replace(/^\[(.*)\]$/, "$1");
  return isIP(address) === 0 ? undefined : address;
};
