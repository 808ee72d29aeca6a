import type { RestApi } from "./api-gateway/model.ts";
import { readRestApi } from "./api-gateway/rest-api.ts";
import { createResolver } from "./cloudformation/intrinsics.ts";
import { type CloudEnvironment, resolveAttribute } from "./cloudformation/references.ts";
import { readRunOnceFunctions } from "./cloudformation/run-once.ts";
import { type Assembly, readAssembly } from "./cloudformation/template.ts";
import { readTables, type TableDefinition } from "./dynamodb/tables.ts";
import { readSchedules, type ScheduledFunction } from "./eventbridge/schedules.ts";
import { type LambdaFunction, readFunctions } from "./lambda/functions.ts";
import { type DeclaredSecret, readSecrets } from "./secrets-manager/declared-secrets.ts";
import { StartError } from "./support/start-error.ts";

/** The parts of a synthesized stack that run on this machine. A function has its physical name. */
export type Deployment = {
  readonly environment: CloudEnvironment;
  readonly api: RestApi;
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly tables: readonly TableDefinition[];
  readonly secrets: readonly DeclaredSecret[];
  readonly schedules: readonly ScheduledFunction[];
  /** Functions that a deployment runs once, by physical name. */
  readonly runOnceFunctions: readonly string[];
};

/** The account does not exist. Names and ARNs have the form that they have on AWS. */
const CLOUD = { accountId: "000000000000", region: "us-east-1", partition: "aws", urlSuffix: "amazonaws.com" };

/**
 * Reads a cloud assembly.
 * @param url replaces the invoke URL of the API and the address of the CDN in all values of the template
 * @throws StartError if the stack needs something that is not emulated
 */
export const readDeployment = (directory: string, url: string): Deployment => {
  const assembly = readAssembly(directory);
  const environment: CloudEnvironment = { ...CLOUD, stackName: assembly.stackName };
  const inCloud = createResolver(assembly.template, environment);
  const api = readRestApi(assembly, inCloud, environment);
  const publicUrls = [api.invokeUrl, ...findDistributionUrls(assembly, environment)];
  const replaceUrls = (value: unknown): unknown =>
    publicUrls.reduce((text, from) => replaceText(text, from, url), value);
  const resolver = { ...inCloud, resolve: (value: unknown) => replaceUrls(inCloud.resolve(value)) };
  const deployment = {
    environment,
    api,
    functions: readFunctions(assembly, resolver, environment),
    tables: readTables(assembly, resolver, environment),
    secrets: readSecrets(assembly, resolver, environment),
    schedules: readSchedules(assembly, resolver),
    runOnceFunctions: readRunOnceFunctions(assembly, resolver),
  };
  for (const functionName of findInvokedFunctions(deployment)) {
    if (!deployment.functions.has(functionName)) {
      throw new StartError(`The template invokes ${functionName}, which is not a Node.js function with a bundle.`);
    }
  }
  return deployment;
};

const findDistributionUrls = ({ template }: Assembly, environment: CloudEnvironment): string[] =>
  Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === "AWS::CloudFront::Distribution")
    .map(([logicalId, { Type }]) => `https://${resolveAttribute(logicalId, Type, {}, "DomainName", environment)}`);

const findInvokedFunctions = ({ api, schedules, runOnceFunctions }: Omit<Deployment, "environment">): string[] => {
  const methods = api.resources.flatMap((resource) => [...resource.methods.values()]);
  return [
    ...methods.flatMap(({ integration }) => (integration.type === "lambda" ? [integration.functionName] : [])),
    ...methods.flatMap(({ authorizer }) => (authorizer === undefined ? [] : [authorizer.functionName])),
    ...schedules.map((schedule) => schedule.functionName),
    ...runOnceFunctions,
  ];
};

/** Replaces a text in every string of a resolved value. */
const replaceText = (value: unknown, from: string, to: string): unknown => {
  if (typeof value === "string") return value.replaceAll(from, to);
  if (Array.isArray(value)) return value.map((item) => replaceText(item, from, to));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceText(item, from, to)]));
};
