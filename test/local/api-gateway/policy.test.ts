import { describe, expect, it } from "vitest";
import { evaluatePolicy, PolicyDocument } from "../../../local/api-gateway/policy.ts";

const API = "arn:aws:execute-api:us-east-1:000000000000:api/test";
const METHOD_ARN = `${API}/GET/auth/sessions/4711`;

const allow = (Resource: string | string[], Action: string | string[] = "execute-api:Invoke") => ({
  Effect: "Allow" as const,
  Action,
  Resource,
});
const deny = (Resource: string) => ({ ...allow(Resource), Effect: "Deny" as const });

describe("an authorizer's policy for one method", () => {
  it.each([
    ["the very method", [allow(METHOD_ARN)], "allow"],
    ["the whole stage: * stands for slashes too (A2)", [allow(`${API}/*`)], "allow"],
    ["any stage and method", [allow("arn:aws:execute-api:us-east-1:000000000000:api/*/GET/*")], "allow"],
    ["one character by ?", [allow(`${API}/GET/auth/sessions/471?`)], "allow"],
    ["one of several resources", [allow([`${API}/POST/*`, `${API}/GET/*`])], "allow"],
    ["every action", [allow(METHOD_ARN, "*")], "allow"],
    ["every action of the service, in any case", [allow(METHOD_ARN, "Execute-API:*")], "allow"],
    ["another method", [allow(`${API}/POST/auth/sessions/4711`)], "implicit-deny"],
    ["a longer path", [allow(`${API}/GET/auth`)], "implicit-deny"],
    ["another action", [allow(METHOD_ARN, "execute-api:ManageConnections")], "implicit-deny"],
    ["a dot is no wildcard", [allow(METHOD_ARN.replace("execute-api", "execute.api"))], "implicit-deny"],
    ["nothing", [], "implicit-deny"],
    ["a denial", [deny(METHOD_ARN)], "explicit-deny"],
    ["a denial after an allowance", [allow(`${API}/*`), deny(METHOD_ARN)], "explicit-deny"],
    ["a denial before an allowance", [deny(METHOD_ARN), allow(`${API}/*`)], "explicit-deny"],
    ["a denial of something else", [allow(`${API}/*`), deny(`${API}/POST/*`)], "allow"],
  ])("that names %s", (_, Statement, decision) => {
    expect(evaluatePolicy({ Statement }, METHOD_ARN)).toBe(decision);
  });

  it.each([
    ["a condition, which would have to be evaluated", { ...allow("*"), Condition: { Bool: {} } }],
    ["NotResource", { Effect: "Allow", Action: "*", NotResource: "*" }],
    ["an unknown effect", { ...allow("*"), Effect: "allow" }],
    ["no action", { Effect: "Allow", Resource: "*" }],
  ])("is malformed with %s", (_, statement) => {
    expect(PolicyDocument.safeParse({ Statement: [statement] }).success).toBe(false);
  });
});
