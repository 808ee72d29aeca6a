import jsonBodyParser from "@middy/http-json-body-parser";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { LatchkeyError } from "../errors.ts";
import { requestHeaders } from "./header-values.ts";
import type { Middleware } from "./middleware.ts";

/** In characters, before base64 is decoded. The bodies of this API have a few hundred; a longer body is not parsed. */
const MAX_BODY_LENGTH = 16_384;

/** RFC 9110 8.3.1: a media type is compared without regard to case, and SP or HTAB may follow it. */
const JSON_TYPE = /^application\/(?:[a-z0-9.-]+\+)?json[ \t]*(?:;|$)/i;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The parser accepts a media type in this spelling only. */
const PARSER_HEADERS = { "content-type": "application/json" };

/**
 * Replaces the body of a request by the JSON value in it (L4, E1). A request without a body gets `{}`.
 *
 * `@middy/http-json-body-parser` parses. It gets a copy of the event whose body is text and whose media type is in the one
 * spelling that it accepts. Its error has the raw body in `cause`, so the error ends here and reaches no log (G1).
 *
 * @throws LatchkeyError `payload_too_large`, `unsupported_media_type`, or `invalid_request` if the body is not JSON in UTF-8
 */
export const readJsonBody = (): Middleware => {
  const parser = jsonBodyParser<APIGatewayProxyEvent>();
  return {
    before: async (request) => {
      requireAcceptableBody(request.event);
      try {
        const copy = { ...request, event: { ...request.event, ...toParserInput(request.event) } };
        await parser.before?.(copy);
        request.event.body = copy.event.body;
      } catch {
        throw new LatchkeyError("invalid_request", { description: "The body is not valid JSON." });
      }
    },
  };
};

const hasBody = ({ body }: APIGatewayProxyEvent): boolean => body !== null && body !== undefined && body !== "";

/** @throws LatchkeyError `payload_too_large` or `unsupported_media_type` */
const requireAcceptableBody = (event: APIGatewayProxyEvent): void => {
  if (!hasBody(event)) return;
  if ((event.body ?? "").length > MAX_BODY_LENGTH) throw new LatchkeyError("payload_too_large");
  const mediaType = requestHeaders(event).single("content-type") ?? "";
  if (!JSON_TYPE.test(mediaType)) throw new LatchkeyError("unsupported_media_type");
};

/** @throws TypeError if a body in base64 is not UTF-8: the parser would replace malformed bytes by U+FFFD */
const toParserInput = (event: APIGatewayProxyEvent) => {
  const body = event.body ?? "";
  const text = event.isBase64Encoded ? utf8.decode(Buffer.from(body, "base64")) : body;
  return { body: hasBody(event) ? text : "{}", isBase64Encoded: false, headers: PARSER_HEADERS };
};
