import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CloudFormationClient, DescribeStackResourcesCommand } from "@aws-sdk/client-cloudformation";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import * as z from "zod/mini";
import { boundedAttempts, boundedCalls, type CallLimits } from "../shared/aws/call-limits.ts";

/** The Lambda function rotate-keys of a stack or of the service on this machine. */
export type RotateKeysFunction = {
  /** Invokes the function with an event and returns its response. @throws Error with the message of the function if it fails */
  readonly invoke: (event: object) => Promise<unknown>;
};

/** The limits of a call. The function may start cold, and may take a minute on a developer's machine. */
const LIMITS: CallLimits = { attemptMs: 90_000, callMs: 120_000, maxAttempts: 3 };

/**
 * Finds the function in a deployed stack.
 * @param aws the profile and the region. @default as the SDK finds them in the environment
 * @throws Error if the stack has no such function
 * @throws the errors of the SDK
 */
export const findInStack = async (
  stackName: string,
  aws: { readonly profile?: string | undefined; readonly region?: string | undefined },
): Promise<RotateKeysFunction> => {
  const options = {
    ...boundedAttempts(LIMITS),
    ...(aws.profile === undefined ? {} : { profile: aws.profile }),
    ...(aws.region === undefined ? {} : { region: aws.region }),
  };
  const cloudFormation = boundedCalls(new CloudFormationClient(options), LIMITS);
  const { StackResources = [] } = await cloudFormation.send(
    new DescribeStackResourcesCommand({ StackName: stackName }),
  );
  // A logical id is the name of the construct and a hash.
  const found = StackResources.find(
    ({ ResourceType, LogicalResourceId }) =>
      ResourceType === "AWS::Lambda::Function" && LogicalResourceId?.startsWith("RotateKeys"),
  );
  if (found?.PhysicalResourceId === undefined) {
    throw new Error(`The stack ${stackName} has no rotate-keys function; is it a Latchkey stack?`);
  }
  return findFunction(boundedCalls(new LambdaClient(options), LIMITS), found.PhysicalResourceId);
};

/** The file that the running service writes to its data folder. Only its owner can read the file. */
const localService = z.object({ lambdaEndpoint: z.url(), functions: z.record(z.string(), z.string()) });

/**
 * Finds the function of the service that runs on this machine.
 * @param dataDirectory the data folder of the service
 * @throws Error if no service runs on the folder
 */
export const findInLocalService = (dataDirectory: string): RotateKeysFunction => {
  const notRunning = `No Latchkey runs on the data in ${dataDirectory}: start it with npm start, or name a stack with --stack.`;
  let text: string;
  try {
    text = readFileSync(join(dataDirectory, "running.json"), "utf8");
  } catch {
    throw new Error(notRunning);
  }
  const { lambdaEndpoint, functions } = localService.parse(JSON.parse(text));
  const functionName = functions["rotate-keys"];
  if (functionName === undefined) throw new Error("The service that runs has no rotate-keys function.");
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const limits = { ...LIMITS, maxAttempts: 1 };
  const config = { ...boundedAttempts(limits), endpoint: lambdaEndpoint, region: "us-east-1", credentials };
  const lambda = boundedCalls(new LambdaClient(config), limits);
  const { invoke } = findFunction(lambda, functionName);
  return {
    invoke: (event) =>
      invoke(event).catch((error: unknown) => {
        const isGone = error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
        throw isGone ? new Error(notRunning) : error;
      }),
  };
};

const failure = z.object({ errorMessage: z.string() });

const findFunction = (lambda: LambdaClient, functionName: string): RotateKeysFunction => ({
  invoke: async (event) => {
    const response = await lambda.send(
      new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(event)) }),
    );
    const payload: unknown = JSON.parse(Buffer.from(response.Payload ?? []).toString() || "null");
    if (response.FunctionError === undefined) return payload;
    const { data } = failure.safeParse(payload);
    throw new Error(`rotate-keys failed: ${data?.errorMessage ?? response.FunctionError}`);
  },
});
