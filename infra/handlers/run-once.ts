import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { boundedAttempts, boundedCalls, type CallLimits } from "../../shared/aws/call-limits.ts";
import { type CloudFormationRequest, type CustomResourceOptions, customResource } from "./custom-resource.ts";
import { type Failure, failureReason } from "./failure-reason.ts";

type RunOnceProperties = { readonly FunctionArn: string };

/** The dependencies of `createRunOnce`. */
export type RunOnceDependencies = Pick<CustomResourceOptions<RunOnceProperties>, "respond"> & {
  /** Invokes a function and waits for its end. @throws Error if the function failed */
  readonly invoke: (functionArn: string) => Promise<void>;
};

/**
 * Creates the handler of a custom resource that runs another function when the resource is created or updated. If the function fails,
 * the deployment fails.
 */
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
 * @throws Error with the cause if the function failed, because a rollback may delete the log of the function
 * @throws the error of the SDK if the function could not be invoked
 */
export const invokeLambda = (client: Pick<LambdaClient, "send">) => async (functionArn: string) => {
  const { FunctionError, Payload } = await client.send(new InvokeCommand({ FunctionName: functionArn }));
  if (FunctionError !== undefined) {
    throw new Error(failureReason(readFailure(Payload, FunctionError), `${functionArn.split(":").at(-1)} failed: `));
  }
};

/**
 * Reads the payload that Lambda returns for a function that threw: `{ errorType, errorMessage, trace }`. After a time-out there is no
 * `errorType`. Source: "Lambda function handler in Node.js", errors.
 */
const readFailure = (payload: Uint8Array | undefined, functionError: string): Failure => {
  const { errorType, errorMessage } = parseObject(payload);
  return {
    name: typeof errorType === "string" ? errorType : functionError,
    message: typeof errorMessage === "string" ? errorMessage : "",
  };
};

const parseObject = (
  payload: Uint8Array | undefined,
): { readonly errorType?: unknown; readonly errorMessage?: unknown } => {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload ?? []).toString("utf8"));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
};

/** The limits allow for a cold start and for the time-out of the invoked function, 15 seconds. */
const INVOKE_LIMITS: CallLimits = { attemptMs: 30_000, callMs: 75_000, maxAttempts: 2 };

/** The handler of the Lambda function. */
export const handler = (request: CloudFormationRequest<RunOnceProperties>, context: object): Promise<void> => {
  const client = boundedCalls(new LambdaClient(boundedAttempts(INVOKE_LIMITS)), INVOKE_LIMITS);
  return createRunOnce({ invoke: invokeLambda(client) })(request, context);
};
