import { failureReason, getFailure } from "./failure-reason.ts";

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
export type CloudFormationRequest<Properties> = {
  readonly RequestType: "Create" | "Update" | "Delete";
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Properties;
};

export type CustomResourceOptions<Properties> = {
  /** Of a new resource. It never changes after that: another one would make CloudFormation delete the resource. */
  readonly physicalId: string;
  /**
   * Throws when the deployment must fail. The operator reads the name and the message of the error in the events of the
   * stack, so the message must hold no secret.
   */
  readonly work: (request: CloudFormationRequest<Properties>) => Promise<void>;
  /** Tells CloudFormation the outcome. @default putToCloudFormation */
  readonly respond?: (url: string, body: string) => Promise<void>;
};

/** The handler of a custom resource: does the work, and tells CloudFormation how it went. */
export const customResource =
  <Properties>({ physicalId, work, respond = putToCloudFormation }: CustomResourceOptions<Properties>) =>
  async (request: CloudFormationRequest<Properties>): Promise<void> => {
    const response = (outcome: { Status: "SUCCESS" } | { Status: "FAILED"; Reason: string }) => {
      const { StackId, RequestId, LogicalResourceId, PhysicalResourceId = physicalId } = request;
      const body = { ...outcome, StackId, RequestId, LogicalResourceId, PhysicalResourceId };
      return respond(request.ResponseURL, JSON.stringify(body));
    };
    try {
      await work(request);
    } catch (error) {
      return response({ Status: "FAILED", Reason: failureReason(getFailure(error)) });
    }
    return response({ Status: "SUCCESS" });
  };

const putToCloudFormation = async (url: string, body: string) => {
  // The URL is signed for an empty content type.
  const { ok, status } = await fetch(url, { method: "PUT", body, headers: { "content-type": "" } });
  if (!ok) throw new Error(`CloudFormation did not take the answer: ${status}`);
};
