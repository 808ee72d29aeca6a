import * as z from "zod/mini";

/** What the authorizer reads of any event that API Gateway sends to an authorizer, and how that kind wants its answer. */
export type AuthorizerRequest = {
  readonly answerAs: "policy" | "simple";
  /** REST and WebSocket APIs turn a thrown `Unauthorized` into 401; an HTTP API turns every throw into 500. */
  readonly refuseBy: "throwing" | "denying";
  /** ARN of the route, for a policy. */
  readonly routeArn: string;
  /** All values of the `Authorization` header. */
  readonly authorization: readonly string[];
};

const headers = z.nullish(z.record(z.string(), z.nullish(z.string())));
const multiValueHeaders = z.nullish(z.record(z.string(), z.nullish(z.array(z.string()))));

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html (payload 2.0) */
const httpApi2 = z.object({ version: z.literal("2.0"), routeArn: z.string(), headers });
/** The same page, payload 1.0. REST and WebSocket requests look alike but carry no `version`. */
const httpApi1 = z.object({ version: z.literal("1.0"), methodArn: z.string(), headers, multiValueHeaders });
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html */
const request = z.object({ type: z.literal("REQUEST"), methodArn: z.string(), headers, multiValueHeaders });
const token = z.object({ type: z.literal("TOKEN"), methodArn: z.string(), authorizationToken: z.optional(z.string()) });

const anyEvent = z.union([
  z.pipe(
    httpApi2,
    z.transform(
      (event): AuthorizerRequest => ({
        answerAs: "simple",
        refuseBy: "denying",
        routeArn: event.routeArn,
        authorization: valuesOf(event.headers, undefined),
      }),
    ),
  ),
  z.pipe(
    httpApi1,
    z.transform(
      (event): AuthorizerRequest => ({
        answerAs: "policy",
        refuseBy: "denying",
        routeArn: event.methodArn,
        authorization: valuesOf(event.headers, event.multiValueHeaders),
      }),
    ),
  ),
  z.pipe(
    request,
    z.transform(
      (event): AuthorizerRequest => ({
        answerAs: "policy",
        refuseBy: "throwing",
        routeArn: event.methodArn,
        authorization: valuesOf(event.headers, event.multiValueHeaders),
      }),
    ),
  ),
  z.pipe(
    token,
    z.transform(
      (event): AuthorizerRequest => ({
        answerAs: "policy",
        refuseBy: "throwing",
        routeArn: event.methodArn,
        authorization: event.authorizationToken === undefined ? [] : [event.authorizationToken],
      }),
    ),
  ),
]);

/** @throws Error when API Gateway does not send such events: the function is attached to something else */
export const parseAuthorizerEvent = (event: unknown): AuthorizerRequest => {
  const parsed = anyEvent.safeParse(event);
  if (!parsed.success) throw new Error("Not an event of an API Gateway authorizer");
  return parsed.data;
};

type Headers = Readonly<Record<string, string | null | undefined>>;
type MultiValueHeaders = Readonly<Record<string, readonly string[] | null | undefined>>;

/** Two `Authorization` headers are two values, also where API Gateway shows only the last in `headers` (A5). */
const valuesOf = (
  single: Headers | null | undefined,
  multiple: MultiValueHeaders | null | undefined,
): readonly string[] => {
  const isAuthorization = ([name]: readonly [string, unknown]) => name.toLowerCase() === "authorization";
  const all = Object.entries(multiple ?? {})
    .filter(isAuthorization)
    .flatMap(([, values]) => values ?? []);
  if (all.length > 0) return all;
  return Object.entries(single ?? {})
    .filter(isAuthorization)
    .flatMap(([, value]) => value ?? []);
};
