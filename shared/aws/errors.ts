/** The one failure that is an answer: the row was not in the state that the write asked for. */
export const isConditionFailure = (error: unknown): boolean =>
  error instanceof Error && error.name === "ConditionalCheckFailedException";

/** What DynamoDB and Secrets Manager call too much at once. Every other 4xx of theirs comes from what we sent or may do. */
const THROTTLED = new Set([
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
  "TooManyRequestsException",
]);

/** How Node.js and the SDK name a connection that failed. `ERR_…` are our own mistakes, and say so by the same member. */
const isConnectionCode = (code: unknown): boolean => typeof code === "string" && /^E(?!RR_)[A-Z_]+$/.test(code);

/**
 * Whether a failed call to AWS may succeed when the client repeats its request: throttled, timed out, 5xx, connection
 * lost (S3). Nothing else is: a retry cannot mend a mistake of ours.
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
