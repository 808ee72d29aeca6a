import * as z from "zod/mini";

/** The result of a policy for one method. An implicit deny means that no statement mentions the method. */
export type PolicyDecision = "allow" | "explicit-deny" | "implicit-deny";

const OneOrMore = z.union([z.string(), z.array(z.string())]);
// Strict: a condition or a negation that is not evaluated could allow a request that AWS denies.
const Statement = z.strictObject({
  Sid: z.optional(z.string()),
  Effect: z.enum(["Allow", "Deny"]),
  Action: OneOrMore,
  Resource: OneOrMore,
});

/** A policy document that a Lambda authorizer returns. */
export const PolicyDocument = z.looseObject({
  Statement: z.union([Statement, z.array(Statement)]),
});
/** A policy document that a Lambda authorizer returns. */
export type PolicyDocument = z.infer<typeof PolicyDocument>;

/**
 * Evaluates a policy for a method ARN. Actions and resources may contain `*` and `?`. One Deny outweighs every Allow. A method
 * that no statement mentions is denied.
 * Source: "IAM JSON policy evaluation logic"; "Control access for invoking an API".
 */
export const evaluatePolicy = (policy: PolicyDocument, methodArn: string): PolicyDecision => {
  const applicable = [policy.Statement]
    .flat()
    .filter(
      (statement) => matches(statement.Action, "execute-api:Invoke", "i") && matches(statement.Resource, methodArn, ""),
    );
  if (applicable.some((statement) => statement.Effect === "Deny")) return "explicit-deny";
  return applicable.length > 0 ? "allow" : "implicit-deny";
};

const matches = (patterns: string | readonly string[], value: string, flags: "i" | ""): boolean =>
  [patterns].flat().some((pattern) => {
    const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
    return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, `s${flags}`).test(value);
  });
