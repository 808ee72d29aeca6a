import { parseJson, readText } from "./json.ts";

/**
 * What the service answered instead of what was asked for. `code` is one of the service's stable error codes
 * (`invalid_credentials`, `too_many_requests`, …), `network_error` if no answer arrived, `unexpected_answer` if
 * something else than the service answered. The message of one with a code may be shown to users.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  /** HTTP status; 0 if no answer arrived. */
  readonly status: number;
  /** How long the service asks to be left alone (`Retry-After`). */
  readonly retryAfterSeconds: number | undefined;
  /** For the operator, who finds it in the service's log. */
  readonly requestId: string | undefined;

  constructor(
    status: number,
    body: unknown,
    details: { retryAfterSeconds?: number | undefined; cause?: unknown } = {},
  ) {
    super(readText(body, "error_description") ?? "The service did not answer as expected.", { cause: details.cause });
    this.code = readText(body, "error") ?? "unexpected_answer";
    this.status = status;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.requestId = readText(body, "request_id");
  }
}

export const networkError = (cause: unknown): ApiError =>
  new ApiError(0, { error: "network_error", error_description: "The service could not be reached." }, { cause });

export const readErrorResponse = async (response: Response): Promise<ApiError> =>
  new ApiError(response.status, await parseBody(response), { retryAfterSeconds: readRetryAfter(response) });

/** The parsed body of an answer; undefined if it is not JSON. The answer can still be read afterwards. */
export const parseBody = async (response: Response): Promise<unknown> => parseJson(await response.clone().text());

/** The error code in the answer, if it is an error of the service. */
export const readCode = async (response: Response): Promise<string | undefined> =>
  readText(await parseBody(response), "error");

export const readRetryAfter = (response: Response): number | undefined => {
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return Number.isNaN(seconds) ? undefined : seconds;
};
