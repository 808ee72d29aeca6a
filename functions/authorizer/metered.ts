import type { AuthorizerMetrics, AuthorizerResult } from "../../shared/metrics/authorizer-metrics.ts";
import type { PolicyResponse, SimpleResponse } from "./response.ts";

type Authorizer = (event: unknown, context?: object) => Promise<PolicyResponse | SimpleResponse>;

/**
 * Counts the results of an authorizer: allowed, denied, rejected, fault. The metrics of Lambda cannot do that, because Lambda
 * counts a credential that is rejected by a throw as an error.
 */
export const metered =
  (authorizer: Authorizer, { record }: AuthorizerMetrics): Authorizer =>
  async (event, context) => {
    const startedAt = performance.now();
    let result: AuthorizerResult = "fault";
    try {
      const response = await authorizer(event, context);
      result = toAuthorizerResult(response);
      return response;
    } catch (error) {
      if (error instanceof Error && error.message === "Unauthorized") result = "rejected";
      throw error;
    } finally {
      record(result, performance.now() - startedAt);
    }
  };

/** A denial in the context counts as a denial even with an Allow, because the function behind the route rejects the request then. */
const toAuthorizerResult = (response: PolicyResponse | SimpleResponse): AuthorizerResult => {
  if ("isAuthorized" in response) return response.isAuthorized ? "allowed" : "denied";
  if (!("denial" in response.context)) return "allowed";
  return response.context.denial === "invalid_token" ? "rejected" : "denied";
};
