import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { boundedAttempts, boundedCalls, type CallLimits } from "../../shared/aws/call-limits.ts";
import { type CloudFormationRequest, type CustomResourceOptions, customResource } from "./custom-resource.ts";
import { type Failure, failureReason } from "./failure-reason.ts";

type RunOnceProperties = { readonly FunctionArn: string };

export type RunOnceDependencies = Pick<CustomResourceOptions<RunOnceProperties>, "respond"> & {
  /** Runs the function to its end. @throws Error when it failed */
  readonly invoke: (functionArn: string) => Promise<void>;
};

/** A custom resource that runs another function when it is created or changed; the deployment fails if that fails. */
export const createRunOnce = ({ invoke, ...options }: RunOnceDependencies) =>
  customResource<RunOnceProperties>({
    ...options,
    physicalId: "run-once",
    work: async ({ RequestType, ResourceProperties }) => {
      if (RequestType !== "Delete") await invoke(ResourceProperties.FunctionArn);
    },
  });

/**
 * Invokes a function and waits for its end.
 * @throws Error that says why the function failed, because a rollback may delete the log of the function; or the error of
 * the SDK
 */
export const invokeLambda = (client: Pick<LambdaClient, "send">) => async (functionArn: string) => {
  const { FunctionError, Payload } = await client.send(new InvokeCommand({ FunctionName: functionArn }));
  if (FunctionError !== undefined) {
    throw new Error(failureReason(failureIn(Payload, FunctionError), `${functionArn.split(":").at(-1)} failed: `));
  }
};

/**
 * What Lambda reports of a function that threw: `{ errorType, errorMessage, trace }`. A function that timed out has no
 * `errorType`. Source: "Lambda function handler in Node.js", errors.
 */
const failureIn = (payload: Uint8Array | undefined, functionError: string): Failure => {
  const { errorType, errorMessage } = getMembers(payload);
  return {
    name: typeof errorType === "string" ? errorType : functionError,
    message: typeof errorMessage === "string" ? errorMessage : "",
  };
};

const getMembers = (
  payload: Uint8Array | undefined,
): { readonly errorType?: unknown; readonly errorMessage?: unknown } => {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload ?? []).toString("utf8"));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
};

/** The invoked function may start cold and then use all of its own time, 15 seconds. */
const INVOKE_LIMITS: CallLimits = { attemptMs: 30_000, callMs: 75_000, maxAttempts: 2 };

export const handler = (request: CloudFormationRequest<RunOnceProperties>, context: object): Promise<void> => {
  const client = boundedCalls(new LambdaClient(boundedAttempts(INVOKE_LIMITS)), INVOKE_LIMITS);
  return createRunOnce({ invoke: invokeLambda(client) })(request, context);
};
