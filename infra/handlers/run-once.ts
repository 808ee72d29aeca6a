import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
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

export const handler = createRunOnce({ invoke: invokeLambda(new LambdaClient()) });
