import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
type CloudFormationRequest = {
  readonly RequestType: "Create" | "Update" | "Delete";
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: { readonly FunctionArn: string };
};

export type RunOnceDependencies = {
  /** Runs the function to its end. @throws Error when it failed */
  readonly invoke: (functionArn: string) => Promise<void>;
  /** Tells CloudFormation the outcome. */
  readonly respond: (url: string, body: string) => Promise<void>;
};

/** A custom resource that runs another function when it is created or changed; the deployment fails if that fails. */
export const createRunOnce =
  ({ invoke, respond }: RunOnceDependencies) =>
  async (request: CloudFormationRequest): Promise<void> => {
    const answer = (outcome: { Status: "SUCCESS" } | { Status: "FAILED"; Reason: string }) => {
      const { StackId, RequestId, LogicalResourceId, PhysicalResourceId = "run-once" } = request;
      const body = { ...outcome, StackId, RequestId, LogicalResourceId, PhysicalResourceId };
      return respond(request.ResponseURL, JSON.stringify(body));
    };
    try {
      if (request.RequestType !== "Delete") await invoke(request.ResourceProperties.FunctionArn);
    } catch (error) {
      return answer({ Status: "FAILED", Reason: error instanceof Error ? error.message : "unknown" });
    }
    return answer({ Status: "SUCCESS" });
  };

const invokeLambda = (client: LambdaClient) => async (functionArn: string) => {
  const { FunctionError } = await client.send(new InvokeCommand({ FunctionName: functionArn }));
  if (FunctionError !== undefined) throw new Error(`${functionArn} failed: ${FunctionError}. Its log says why.`);
};

const putToCloudFormation = async (url: string, body: string) => {
  // The URL is signed for an empty content type.
  const { ok, status } = await fetch(url, { method: "PUT", body, headers: { "content-type": "" } });
  if (!ok) throw new Error(`CloudFormation did not take the answer: ${status}`);
};

export const handler = createRunOnce({
  invoke: invokeLambda(new LambdaClient()),
  respond: putToCloudFormation,
});
