import type { AuthorizerMetrics, AuthorizerResult } from "../../shared/metrics/authorizer-metrics.ts";
import type { PolicyResponse, SimpleResponse } from "./response.ts";

type Authorizer = (event: unknown, context?: object) => Promise<PolicyResponse | SimpleResponse>;

/** Counts how an authorizer's requests end, which Lambda's own metrics cannot tell: a refusal is an error to it. */
export const metered =
  (authorizer: Authorizer, { record }: AuthorizerMetrics): Authorizer =>
  async (event, context) => {
    const startedAt = performance.now();
    let result: AuthorizerResult = "fault";
    try {
      const response = await authorizer(event, context);
      result = isAllowed(response) ? "allowed" : "denied";
      return response;
    } catch (error) {
      if (error instanceof Error && error.message === "Unauthorized") result = "rejected";
      throw error;
    } finally {
      record(result, performance.now() - startedAt);
    }
  };

const isAllowed = (response: PolicyResponse | SimpleResponse): boolean =>
  "isAuthorized" in response ? response.isAuthorized : response.policyDocument.Statement[0].Effect === "Allow";
