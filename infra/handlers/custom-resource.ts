import { within, withinInvocation } from "../../shared/deadline.ts";
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

/** Each attempt to tell CloudFormation the outcome may take this long. */
const RESPOND_ATTEMPT_MS = 10_000;
const RESPOND_ATTEMPTS = 3;

/** What stays of the function's time for those attempts. */
const RESPOND_MS = RESPOND_ATTEMPTS * RESPOND_ATTEMPT_MS + 2000;

/**
 * The handler of a custom resource: does the work, and tells CloudFormation how it went. Work that takes too long fails while
 * there is still time to say so. CloudFormation would otherwise wait until the resource's own time-out.
 */
export const customResource =
  <Properties>({
    physicalId,
    work,
    respond = (url, body) => putToCloudFormation(url, body),
  }: CustomResourceOptions<Properties>) =>
  async (request: CloudFormationRequest<Properties>, context: object = {}): Promise<void> => {
    const response = (outcome: { Status: "SUCCESS" } | { Status: "FAILED"; Reason: string }) => {
      const { StackId, RequestId, LogicalResourceId, PhysicalResourceId = physicalId } = request;
      const body = { ...outcome, StackId, RequestId, LogicalResourceId, PhysicalResourceId };
      return respond(request.ResponseURL, JSON.stringify(body));
    };
    try {
      await withinInvocation(context, () => work(request), { responseMs: RESPOND_MS });
    } catch (error) {
      return response({ Status: "FAILED", Reason: failureReason(getFailure(error)) });
    }
    return response({ Status: "SUCCESS" });
  };

/**
 * Puts the outcome to the URL that CloudFormation signed. An attempt that fails, or has no complete response in ten seconds,
 * is repeated twice: the same outcome may be put more than once.
 * @throws the error of the third attempt
 */
export const putToCloudFormation = async (
  url: string,
  body: string,
  attemptMs: number = RESPOND_ATTEMPT_MS,
): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await within(attemptMs, (signal) => putOnce(url, body, signal));
    } catch (error) {
      if (attempt === RESPOND_ATTEMPTS) throw error;
    }
  }
};

const putOnce = async (url: string, body: string, signal: AbortSignal): Promise<void> => {
  // The URL is signed for an empty content type.
  const response = await fetch(url, { method: "PUT", body, headers: { "content-type": "" }, signal });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`CloudFormation did not take the answer: ${response.status}`);
};
