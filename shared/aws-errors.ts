/** The one failure that is an answer: the row was not in the state that the write asked for. */
export const isConditionFailure = (error: unknown): boolean =>
  error instanceof Error && error.name === "ConditionalCheckFailedException";

/** Errors of AWS that come from what we sent or may do: a retry by the client cannot mend them. */
const OUR_FAULT = new Set([
  "ValidationException",
  "AccessDeniedException",
  "ResourceNotFoundException",
  "UnrecognizedClientException",
  "SerializationException",
  "InvalidParameterException",
  "InvalidRequestException",
]);

/**
 * Whether a failed call to AWS may succeed when the client repeats its request: throttled, timed out, 5xx, connection
 * lost (S3). Errors that did not come from the SDK or the network are not.
 */
export const isTemporary = (error: unknown): boolean => {
  if (!(error instanceof Error) || OUR_FAULT.has(error.name)) return false;
  const fromSdk = "$metadata" in error || "$fault" in error;
  const fromNetwork =
    error.name === "TimeoutError" || error.name === "AbortError" || "syscall" in error || "code" in error;
  return fromSdk || fromNetwork;
};
