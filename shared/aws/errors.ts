/** Whether a write failed because its condition did not hold. This failure is a normal outcome. */
export const isConditionFailure = (error: unknown): boolean =>
  error instanceof Error && error.name === "ConditionalCheckFailedException";

/**
 * The names of the errors of DynamoDB and Secrets Manager for too many calls. Their other 4xx are faults of our request or
 * permissions.
 */
const THROTTLED = new Set([
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
  "TooManyRequestsException",
]);

/** The codes of Node.js and the SDK for a failed connection. A code `ERR_…` means a mistake in our own code. */
const isConnectionCode = (code: unknown): boolean => typeof code === "string" && /^E(?!RR_)[A-Z_]+$/.test(code);

/**
 * Whether a failed call to AWS may succeed when the client repeats its request: the call was throttled, timed out or lost its
 * connection, or the response was a 5xx (S3). A retry cannot correct any other failure.
 */
export const isTemporary = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  if (THROTTLED.has(error.name) || error.name === "TimeoutError" || error.name === "AbortError") return true;
  if ("$metadata" in error && readStatus(error.$metadata) >= 500) return true;
  return "code" in error && isConnectionCode(error.code);
};

const readStatus = (metadata: unknown): number =>
  typeof metadata === "object" && metadata !== null && "httpStatusCode" in metadata
    ? Number(metadata.httpStatusCode)
    : 0;
