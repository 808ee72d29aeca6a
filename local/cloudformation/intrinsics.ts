import { StartError } from "../support/start-error.ts";
import { type CloudEnvironment, resolveAttribute, resolvePhysicalId } from "./references.ts";
import type { Resource, Template } from "./template.ts";

/** Resolves values of the template to the values that CloudFormation passes to the service. */
export type Resolver = {
  /**
   * Replaces every intrinsic function in a value by its result.
   * @throws StartError if the value uses an intrinsic function that is not emulated
   */
  resolve(value: unknown): unknown;
  /** Returns false if the condition of the resource is false. CloudFormation does not deploy such a resource. */
  isDeployed(resource: Resource): boolean;
};

const NO_VALUE = Symbol("AWS::NoValue");

/** Creates a resolver for the intrinsic functions and pseudo parameters that CDK writes for this stack. */
export const createResolver = (template: Template, environment: CloudEnvironment): Resolver => {
  const pseudoParameters: Record<string, unknown> = {
    "AWS::AccountId": environment.accountId,
    "AWS::NoValue": NO_VALUE,
    "AWS::Partition": environment.partition,
    "AWS::Region": environment.region,
    "AWS::StackId": `arn:${environment.partition}:cloudformation:${environment.region}:${environment.accountId}:stack/${environment.stackName}/local`,
    "AWS::StackName": environment.stackName,
    "AWS::URLSuffix": environment.urlSuffix,
  };

  const functions: Record<string, (argument: unknown) => unknown> = {
    Ref: (argument) => reference(text(argument)),
    "Fn::GetAtt": (argument) => {
      const path = Array.isArray(argument) ? argument.map(text) : text(argument).split(".");
      return attribute(path[0] ?? "", path.slice(1).join("."));
    },
    "Fn::Join": (argument) => {
      const [separator, parts] = list(argument);
      return list(resolve(parts)).map(text).join(text(separator));
    },
    "Fn::Split": (argument) => {
      const [separator, value] = list(argument);
      return text(resolve(value)).split(text(separator));
    },
    "Fn::Select": (argument) => {
      const [index, values] = list(argument);
      return list(resolve(values))[Number(resolve(index))];
    },
    "Fn::Sub": (argument) => {
      const [pattern, variables] = Array.isArray(argument) ? argument : [argument, {}];
      return text(pattern).replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => substitute(name, record(variables)));
    },
    "Fn::If": (argument) => {
      const [condition, whenTrue, whenFalse] = list(argument);
      return resolve(isTrue(text(condition)) ? whenTrue : whenFalse);
    },
    "Fn::FindInMap": (argument) => {
      const [map, first, second] = list(argument).map((part) => text(resolve(part)));
      return template.Mappings?.[map ?? ""]?.[first ?? ""]?.[second ?? ""];
    },
  };

  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== NO_VALUE);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = entries[0] ?? ["", undefined];
    if (entries.length === 1 && (name === "Ref" || name.startsWith("Fn::"))) {
      const intrinsic = functions[name];
      if (intrinsic === undefined) throw new StartError(`The template uses ${name}, which is not emulated here.`);
      return intrinsic(argument);
    }
    return Object.fromEntries(
      entries.map(([key, item]) => [key, resolve(item)]).filter(([, item]) => item !== NO_VALUE),
    );
  };

  const reference = (name: string): unknown => {
    if (name in pseudoParameters) return pseudoParameters[name];
    const resource = template.Resources[name];
    if (resource !== undefined) {
      return resolvePhysicalId(name, resource.Type, propertiesFor(resource), environment);
    }
    const parameter = template.Parameters?.[name];
    if (parameter !== undefined) return parameter.Default;
    throw new StartError(`The template refers to ${name}, which it does not declare.`);
  };

  const attribute = (name: string, attributeName: string): unknown => {
    const resource = template.Resources[name];
    if (resource === undefined) throw new StartError(`The template refers to ${name}, which it does not declare.`);
    return resolveAttribute(name, resource.Type, propertiesFor(resource), attributeName, environment);
  };

  /** Resolves only the properties that make a physical id. Resources may refer to each other, and this ends the recursion. */
  const propertiesFor = (resource: Resource): Record<string, unknown> => {
    const naming = Object.entries(resource.Properties ?? {}).filter(([key]) => NAMING_PROPERTIES.has(key));
    return record(resolve(Object.fromEntries(naming)));
  };

  const substitute = (name: string, variables: Record<string, unknown>): string => {
    if (name.startsWith("!")) return `\${${name.slice(1)}}`;
    if (name in variables) return text(resolve(variables[name]));
    const [logicalId = "", ...attributePath] = name.split(".");
    return text(attributePath.length > 0 ? attribute(logicalId, attributePath.join(".")) : reference(logicalId));
  };

  const isTrue = (name: string): boolean => evaluate(template.Conditions?.[name]);

  const evaluate = (condition: unknown): boolean => {
    const [name = "", argument] = Object.entries(record(condition))[0] ?? [];
    switch (name) {
      case "Condition":
        return isTrue(text(argument));
      case "Fn::Equals": {
        const [left, right] = list(argument).map(resolve);
        return left === right;
      }
      case "Fn::Not":
        return !evaluate(list(argument)[0]);
      case "Fn::And":
        return list(argument).every(evaluate);
      case "Fn::Or":
        return list(argument).some(evaluate);
      default:
        throw new StartError(
          `The template has a condition with ${name || "nothing"} in it, which is not emulated here.`,
        );
    }
  };

  return {
    resolve,
    isDeployed: (resource) => resource.Condition === undefined || isTrue(resource.Condition),
  };
};

const NAMING_PROPERTIES = new Set(["FunctionName", "Name", "StageName", "TableName"]);

const text = (value: unknown): string => {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw new StartError(`The template has ${JSON.stringify(value)} where a text is expected.`);
};

const list = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return value;
  throw new StartError(`The template has ${JSON.stringify(value)} where a list is expected.`);
};

const record = (value: unknown): Record<string, unknown> => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new StartError(`The template has ${JSON.stringify(value)} where an object is expected.`);
};
