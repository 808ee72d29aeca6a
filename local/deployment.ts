import type { RestApi } from "./api-gateway/model.ts";
import { readRestApi } from "./api-gateway/rest-api.ts";
import { createResolver } from "./cloudformation/intrinsics.ts";
import { type CloudEnvironment, getAttribute } from "./cloudformation/references.ts";
import { readDeploymentRuns } from "./cloudformation/run-once.ts";
import { type Assembly, readAssembly } from "./cloudformation/template.ts";
import { readTables, type TableDefinition } from "./dynamodb/tables.ts";
import { readSchedules, type ScheduledFunction } from "./eventbridge/schedules.ts";
import { type LambdaFunction, readFunctions } from "./lambda/functions.ts";
import { type DeclaredSecret, readSecrets } from "./secrets-manager/declared-secrets.ts";
import { StartError } from "./support/start-error.ts";

/** What a synthesized stack would be in the cloud, as far as it runs here. Functions are named by their physical name. */
export type Deployment = {
  readonly environment: CloudEnvironment;
  readonly api: RestApi;
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly tables: readonly TableDefinition[];
  readonly secrets: readonly DeclaredSecret[];
  readonly schedules: readonly ScheduledFunction[];
  /** Functions that a deployment runs once. */
  readonly runsAtDeploy: readonly string[];
};

/** No cloud is like this one; names and ARNs look as they do there. */
const CLOUD = { accountId: "000000000000", region: "us-east-1", partition: "aws", urlSuffix: "amazonaws.com" };

/**
 * Reads a cloud assembly as if it were deployed.
 * @param url takes the place of the API's invoke URL and of a CDN's address wherever the template names them
 * @throws StartError when the stack needs something that is not emulated
 */
export const readDeployment = (directory: string, url: string): Deployment => {
  const assembly = readAssembly(directory);
  const environment: CloudEnvironment = { ...CLOUD, stackName: assembly.stackName };
  const inCloud = createResolver(assembly.template, environment);
  const api = readRestApi(assembly, inCloud, environment);
  const publicUrls = [api.invokeUrl, ...distributionUrls(assembly, environment)];
  const here = (value: unknown): unknown => publicUrls.reduce((text, from) => replaceText(text, from, url), value);
  const resolver = { ...inCloud, resolve: (value: unknown) => here(inCloud.resolve(value)) };
  const deployment = {
    environment,
    api,
    functions: readFunctions(assembly, resolver, environment),
    tables: readTables(assembly, resolver, environment),
    secrets: readSecrets(assembly, resolver, environment),
    schedules: readSchedules(assembly, resolver),
    runsAtDeploy: readDeploymentRuns(assembly, resolver),
  };
  for (const functionName of invokedFunctions(deployment)) {
    if (!deployment.functions.has(functionName)) {
      throw new StartError(`The template invokes ${functionName}, which is no Node.js function with a bundle in it.`);
    }
  }
  return deployment;
};

const distributionUrls = ({ template }: Assembly, environment: CloudEnvironment): string[] =>
  Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === "AWS::CloudFront::Distribution")
    .map(([logicalId, { Type }]) => `https://${getAttribute(logicalId, Type, {}, "DomainName", environment)}`);

const invokedFunctions = ({ api, schedules, runsAtDeploy }: Omit<Deployment, "environment">): string[] => {
  const methods = api.resources.flatMap((resource) => [...resource.methods.values()]);
  return [
    ...methods.flatMap(({ integration }) => (integration.type === "lambda" ? [integration.functionName] : [])),
    ...methods.flatMap(({ authorizer }) => (authorizer === undefined ? [] : [authorizer.functionName])),
    ...schedules.map((schedule) => schedule.functionName),
    ...runsAtDeploy,
  ];
};

/** In every text of a resolved value. */
const replaceText = (value: unknown, from: string, to: string): unknown => {
  if (typeof value === "string") return value.replaceAll(from, to);
  if (Array.isArray(value)) return value.map((item) => replaceText(item, from, to));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceText(item, from, to)]));
};
