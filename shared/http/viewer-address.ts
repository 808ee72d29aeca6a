import { isIP } from "node:net";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { ORIGIN_SECRET_HEADER } from "../contract/request-headers.ts";
import { isEqualInConstantTime } from "../crypto/constant-time.ts";
import type { HttpHandler } from "./handler.ts";
import { requestHeaders } from "./header-values.ts";

/**
 * The address that a request comes from (B3). Without the CDN this is the address that API Gateway saw. With the CDN, API Gateway
 * sees an address of the CDN, and `CloudFront-Viewer-Address` has the address of the viewer. Every client can write that header,
 * so it counts only beside the origin secret. `X-Forwarded-For` never counts.
 *
 * @param originSecret `undefined` if there is no CDN or the secret cannot be read
 */
export const readViewerAddress = (event: APIGatewayProxyEvent, originSecret: string | undefined): string => {
  const { sourceIp } = event.requestContext.identity;
  const headers = requestHeaders(event);
  if (([ORIGIN_SECRET_HEADER, "cloudfront-viewer-address"] as const).some(headers.isRepeated)) return sourceIp;
  const viewer = headers.single("cloudfront-viewer-address");
  if (originSecret === undefined || viewer === undefined) return sourceIp;
  if (!isEqualInConstantTime(headers.single(ORIGIN_SECRET_HEADER), originSecret)) return sourceIp;
  return parseAddress(viewer) ?? sourceIp;
};

/**
 * Replaces the source address of a request by the address of the viewer, before `handler` runs. If the secret cannot be read, the
 * address stays that of the CDN.
 * @param originSecret reads the secret, usually from memory. `undefined` if the stack has no CDN: then `handler` is returned.
 */
export const withViewerAddress = (
  handler: HttpHandler,
  originSecret: (() => Promise<string>) | undefined,
): HttpHandler => {
  if (originSecret === undefined) return handler;
  return async (event, context) => {
    if (!requestHeaders(event).has(ORIGIN_SECRET_HEADER)) return handler(event, context);
    const sourceIp = readViewerAddress(event, await originSecret().catch(() => undefined));
    const identity = { ...event.requestContext.identity, sourceIp };
    return handler({ ...event, requestContext: { ...event.requestContext, identity } }, context);
  };
};

/** Parses `198.51.100.10:46532`. For IPv6 too, the port is behind the last colon, with or without brackets around the address. */
const parseAddress = (viewer: string): string | undefined => {
  const address = viewer.slice(0, Math.max(0, viewer.lastIndexOf(":"))).replace(/^\[(.*)\]$/, "$1");
  return isIP(address) === 0 ? undefined : address;
};
