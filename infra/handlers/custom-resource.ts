import { within, withinInvocation } from "../../shared/deadline.ts";
import { failureReason, toFailure } from "./failure-reason.ts";

/**
 * The event of a custom resource.
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
 */
export type CloudFormationRequest<Properties> = {
  readonly RequestType: "Create" | "Update" | "Delete";
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Properties;
};

/** The options of `customResource`. */
export type CustomResourceOptions<Properties> = {
  /** The physical id of a new resource. An id never changes, because CloudFormation then deletes the resource with the old id. */
  readonly physicalId: string;
  /**
   * Does the work of one event. If it throws, the deployment fails. The operator sees the name and the message of the error in the
   * events of the stack, so the message must have no secret.
   */
  readonly work: (request: CloudFormationRequest<Properties>) => Promise<void>;
  /** Sends the outcome to CloudFormation. @default putToCloudFormation */
  readonly respond?: (url: string, body: string) => Promise<void>;
};

/** How long one attempt to send the outcome may take. */
const RESPOND_ATTEMPT_MS = 10_000;
const RESPOND_ATTEMPTS = 3;

/** The part of the function's time that is reserved for these attempts. */
const RESPOND_MS = RESPOND_ATTEMPTS * RESPOND_ATTEMPT_MS + 2000;

/**
 * Creates the handler of a custom resource. The handler does the work, and sends the outcome to CloudFormation. If the work takes too
 * long, the handler stops waiting while there is still time to send the failure. CloudFormation would otherwise wait for the time-out
 * of the resource.
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
      return response({ Status: "FAILED", Reason: failureReason(toFailure(error)) });
    }
    return response({ Status: "SUCCESS" });
  };

/**
 * Sends the outcome to the URL that CloudFormation signed. Makes up to three attempts, each of ten seconds including the body of the
 * response. CloudFormation may therefore receive the same outcome more than once.
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
  if (!response.ok) throw new Error(`CloudFormation did not accept the outcome: ${response.status}`);
};
