import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { boundedAttempts, boundedCalls, type CallLimits } from "../../shared/call-limits.ts";
import { type CustomResourceOptions, customResource } from "./custom-resource.ts";

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

const invokeLambda = (client: LambdaClient) => async (functionArn: string) => {
  const { FunctionError } = await client.send(new InvokeCommand({ FunctionName: functionArn }));
  if (FunctionError !== undefined) throw new Error(`${functionArn} failed: ${FunctionError}. Its log says why.`);
};

/** The invoked function may start cold and then use all of its own time, 15 seconds. */
const INVOKE_LIMITS: CallLimits = { attemptMs: 30_000, callMs: 75_000, maxAttempts: 2 };

export const handler = createRunOnce({
  invoke: invokeLambda(boundedCalls(new LambdaClient(boundedAttempts(INVOKE_LIMITS)), INVOKE_LIMITS)),
});
