import type { AuthorizerMetrics, AuthorizerResult } from "../../shared/metrics/authorizer-metrics.ts";
import type { PolicyAnswer, SimpleAnswer } from "./answer.ts";

type Authorizer = (event: unknown) => Promise<PolicyAnswer | SimpleAnswer>;

/** Counts how an authorizer's requests end, which Lambda's own metrics cannot tell: a refusal is an error to it. */
export const metered =
  (authorizer: Authorizer, { record }: AuthorizerMetrics): Authorizer =>
  async (event) => {
    const startedAt = performance.now();
    let result: AuthorizerResult = "fault";
    try {
      const answer = await authorizer(event);
      result = isAllowed(answer) ? "allowed" : "denied";
      return answer;
    } catch (error) {
      if (error instanceof Error && error.message === "Unauthorized") result = "refused";
      throw error;
    } finally {
      record(result, performance.now() - startedAt);
    }
  };

const isAllowed = (answer: PolicyAnswer | SimpleAnswer): boolean =>
  "isAuthorized" in answer ? answer.isAuthorized : answer.policyDocument.Statement[0].Effect === "Allow";
