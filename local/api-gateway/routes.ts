import type { ApiResource, Route } from "./model.ts";

/** How a path segment matches. The lowest number is the most specific match. */
const STATIC = 0;
const PARAMETER = 1;
const GREEDY = 2;

/**
 * Finds the route of a request. A literal segment is preferred to `{parameter}`, and `{parameter}` is preferred to `{proxy+}`. A
 * trailing slash is ignored. Values of path parameters stay percent-encoded, as in a proxy event.
 * @returns undefined if the API has no such path or the path has no such method. API Gateway responds to both in the same way
 */
export const findRoute = (resources: readonly ApiResource[], httpMethod: string, path: string): Route | undefined => {
  const segments = path.replace(/\/$/, "").split("/").slice(1);
  const [best] = resources
    .map((resource) => ({ resource, match: matchPath(resource.path, segments) }))
    .filter((candidate) => candidate.match !== undefined)
    .sort((left, right) => compare(left.match?.specificity ?? [], right.match?.specificity ?? []));
  const method = best?.resource.methods.get(httpMethod) ?? best?.resource.methods.get("ANY");
  if (best?.match === undefined || method === undefined) return undefined;
  return { resource: best.resource, method, pathParameters: best.match.pathParameters };
};

type PathMatch = {
  readonly specificity: readonly number[];
  readonly pathParameters: Readonly<Record<string, string>>;
};

const matchPath = (declaredPath: string, segments: readonly string[]): PathMatch | undefined => {
  const declared = declaredPath.split("/").slice(1).filter(Boolean);
  const pathParameters: Record<string, string> = {};
  const specificity: number[] = [];
  for (const [index, part] of declared.entries()) {
    const segment = segments[index];
    const parameter = /^\{(.+?)(\+?)\}$/.exec(part);
    if (segment === undefined || (parameter !== null && segment === "")) return undefined;
    if (parameter === null) {
      if (part !== segment) return undefined;
      specificity.push(STATIC);
    } else if (parameter[2] === "+") {
      pathParameters[parameter[1] ?? ""] = segments.slice(index).join("/");
      return { specificity: [...specificity, GREEDY], pathParameters };
    } else {
      pathParameters[parameter[1] ?? ""] = segment;
      specificity.push(PARAMETER);
    }
  }
  return declared.length === segments.length ? { specificity, pathParameters } : undefined;
};

const compare = (left: readonly number[], right: readonly number[]): number => {
  const index = left.findIndex((value, position) => value !== right[position]);
  return index < 0 ? 0 : (left[index] ?? 0) - (right[index] ?? 0);
};
