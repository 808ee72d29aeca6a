import { parseJson, readText } from "./json.ts";

/**
 * A call that did not succeed. The message of an error that has a code of the service may be shown to users.
 *
 * @example
 * ```ts
 * import { ApiError, createClient } from "../client/index.ts";
 *
 * const client = createClient({ baseUrl: "https://login.example.com", transport: "bearer" });
 * try {
 *   await client.login({ email: "ada@example.com", password: "seven quiet herons" });
 * } catch (error) {
 *   if (!(error instanceof ApiError)) throw error;
 *   console.log(error.code === "network_error" ? "You are offline." : error.message);
 * }
 * ```
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /**
   * A stable error code of the service (`invalid_credentials`, `too_many_requests`, …). `network_error`: no response arrived.
   * `unexpected_response`: the response does not have the form of the service's responses, for example because a proxy made it.
   */
  readonly code: string;
  /** The HTTP status. 0 if no response arrived. */
  readonly status: number;
  /** Seconds after which the service accepts the request again (`Retry-After`, RFC 9110 10.2.3). */
  readonly retryAfterSeconds: number | undefined;
  /** Names the request in the service's log. Give the id to the operator. */
  readonly requestId: string | undefined;

  constructor(
    status: number,
    body: unknown,
    details: { retryAfterSeconds?: number | undefined; cause?: unknown } = {},
  ) {
    super(readText(body, "error_description") ?? "The service sent an unexpected response.", { cause: details.cause });
    this.code = readText(body, "error") ?? "unexpected_response";
    this.status = status;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.requestId = readText(body, "request_id");
  }
}

/** The error for a request that got no response: `network_error` with status 0. */
export const networkError = (cause: unknown): ApiError =>
  new ApiError(0, { error: "network_error", error_description: "The service could not be reached." }, { cause });

/** The error that a response describes. */
export const readErrorResponse = async (response: Response): Promise<ApiError> =>
  new ApiError(response.status, await parseBody(response), { retryAfterSeconds: readRetryAfter(response) });

/** The parsed body of a response. Undefined if the body is not JSON. The body can be read again afterwards. */
export const parseBody = async (response: Response): Promise<unknown> => parseJson(await response.clone().text());

/** The error code of a response. Undefined if the response is not an error of the service. */
export const readCode = async (response: Response): Promise<string | undefined> =>
  readText(await parseBody(response), "error");

/** The seconds in `Retry-After`. Undefined without the header, and for a date. */
export const readRetryAfter = (response: Response): number | undefined => {
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return Number.isNaN(seconds) ? undefined : seconds;
};
