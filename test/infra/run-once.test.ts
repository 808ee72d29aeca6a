import { describe, expect, it } from "vitest";
import { createRunOnce, invokeLambda } from "../../infra/handlers/run-once.ts";
import { customResourceRequest } from "./custom-resource-request.ts";

const request = {
  ...customResourceRequest,
  RequestType: "Create" as const,
  ResourceProperties: { FunctionArn: "arn:function" },
};

const runOnce = (failure?: Error) => {
  const invoked: string[] = [];
  const responses: { url: string; body: unknown }[] = [];
  const handler = createRunOnce({
    invoke: async (arn) => {
      invoked.push(arn);
      if (failure !== undefined) throw failure;
    },
    respond: async (url, body) => {
      responses.push({ url, body: JSON.parse(body) });
    },
  });
  return { handler, invoked, responses };
};

describe("the resource that runs a function at deploy time", () => {
  it("runs the function on creation and sends the success to CloudFormation", async () => {
    const { handler, invoked, responses } = runOnce();
    await handler(request);
    expect(invoked).toEqual(["arn:function"]);
    expect(responses).toEqual([
      {
        url: "https://cloudformation.example/response",
        body: {
          Status: "SUCCESS",
          StackId: "stack",
          RequestId: "request",
          LogicalResourceId: "logical",
          PhysicalResourceId: "run-once",
        },
      },
    ]);
  });

  it("runs the function again on an update, with the same physical id, because CloudFormation deletes the resource of an old id", async () => {
    const { handler, invoked, responses } = runOnce();
    await handler({ ...request, RequestType: "Update", PhysicalResourceId: "older" });
    expect(invoked).toEqual(["arn:function"]);
    expect(responses).toMatchObject([{ body: { Status: "SUCCESS", PhysicalResourceId: "older" } }]);
  });

  it("fails the deployment if the function failed", async () => {
    const { handler, responses } = runOnce(new Error("arn:function failed: Unhandled"));
    await handler(request);
    expect(responses).toMatchObject([{ body: { Status: "FAILED", Reason: "arn:function failed: Unhandled" } }]);
  });

  /** The body that CloudFormation receives if Lambda returns this response to the invocation. */
  const reasonFor = async (payload: string | undefined): Promise<string> => {
    const send = async () => ({
      FunctionError: "Unhandled",
      ...(payload === undefined ? {} : { Payload: Buffer.from(payload) }),
    });
    const reasons: string[] = [];
    const handler = createRunOnce({
      invoke: invokeLambda({ send } as unknown as Parameters<typeof invokeLambda>[0]),
      respond: async (_, body) => {
        expect(Buffer.byteLength(body)).toBeLessThan(4096);
        reasons.push(JSON.parse(body).Reason);
      },
    });
    const FunctionArn = "arn:aws:lambda:eu-central-1:123456789012:function:latchkey-prod-RotateKeys";
    await handler({ ...request, ResourceProperties: { FunctionArn } });
    return reasons.join();
  };

  it("reports the name and the message of the function's error, because the rollback deletes the log of the function", async () => {
    const payload = { errorType: "AccessDeniedException", errorMessage: "not authorized to perform: kms:Decrypt" };
    expect(await reasonFor(JSON.stringify(payload))).toBe(
      "latchkey-prod-RotateKeys failed: AccessDeniedException: not authorized to perform: kms:Decrypt",
    );
  });

  it.each([
    [{ errorMessage: "Task timed out after 15.00 seconds" }, /failed: Unhandled: Task timed out after 15\.00 seconds$/],
    [{ errorType: "Error", errorMessage: "one\r\ntwo\u2028three\u0007four" }, /failed: one two three four$/],
    [{ errorType: "Error", errorMessage: "\ud83d\ude00".repeat(5000) }, /failed: (?:\ud83d\ude00)+…$/u],
    [{ errorType: 1, errorMessage: ["x"] }, /failed: Unhandled$/],
  ])("gives a short reason on one line for %j", async (payload, expected) => {
    const reason = await reasonFor(JSON.stringify(payload));
    expect(reason).toMatch(expected);
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(1024);
  });

  it.each([[undefined], [""], ["null"], ["not JSON"]])("reports a reason for the payload %j too", async (payload) => {
    expect(await reasonFor(payload)).toMatch(/latchkey-prod-RotateKeys failed: Unhandled$/);
  });

  it.each(["SyntaxError", "TypeError", "RangeError"])(
    "shows no message of a %s, which may quote a secret (G1)",
    async (errorType) => {
      const errorMessage = `Unexpected token 'p', "secret-and-keys" is not valid JSON`;
      expect(await reasonFor(JSON.stringify({ errorType, errorMessage }))).toMatch(new RegExp(`failed: ${errorType}$`));
    },
  );

  it("does not run the function when the stack is deleted", async () => {
    const { handler, invoked, responses } = runOnce(new Error("never called"));
    await handler({ ...request, RequestType: "Delete", PhysicalResourceId: "older" });
    expect(invoked).toEqual([]);
    expect(responses).toMatchObject([{ body: { Status: "SUCCESS" } }]);
  });
});
