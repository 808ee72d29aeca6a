import { describe, expect, it } from "vitest";
import type { ApiMethod } from "../../../local/api-gateway/model.ts";
import { findRoute } from "../../../local/api-gateway/routes.ts";

const method: ApiMethod = {
  integration: { type: "lambda", functionName: "any", timeoutMs: 29_000 },
  authorizer: undefined,
};
const resource = (path: string, ...httpMethods: string[]) => ({
  resourceId: path,
  path,
  methods: new Map(httpMethods.map((httpMethod) => [httpMethod, method])),
});
const resources = [
  resource("/", "GET"),
  resource("/files/{proxy+}", "ANY"),
  resource("/files/{id}", "GET"),
  resource("/files/index", "GET"),
  resource("/auth"),
  resource("/auth/login", "POST"),
];

describe("the route of a request", () => {
  it.each([
    ["GET", "/", "/", {}],
    ["GET", "/files/index", "/files/index", {}],
    ["GET", "/files/4711", "/files/{id}", { id: "4711" }],
    ["GET", "/files/a/b/c", "/files/{proxy+}", { proxy: "a/b/c" }],
    ["DELETE", "/files/a/b", "/files/{proxy+}", { proxy: "a/b" }],
    ["POST", "/auth/login", "/auth/login", {}],
    ["POST", "/auth/login/", "/auth/login", {}],
    ["GET", "/files/a%2Fb%20c", "/files/{id}", { id: "a%2Fb%20c" }],
  ])("%s %s is that of %s", (httpMethod, path, declared, pathParameters) => {
    const route = findRoute(resources, httpMethod, path);
    expect(route?.resource.path).toBe(declared);
    expect(route?.pathParameters).toEqual(pathParameters);
  });

  it.each([
    ["a method that the path lacks", "GET", "/auth/login"],
    ["a path without any method", "GET", "/auth"],
    ["a path below the last", "POST", "/auth/login/more"],
    ["an empty parameter", "GET", "/files/"],
    ["another case", "POST", "/Auth/login"],
    ["a doubled slash", "POST", "//auth/login"],
  ])("is not found for %s", (_, httpMethod, path) => {
    expect(findRoute(resources, httpMethod, path)).toBeUndefined();
  });
});
