import { describe, expect, it } from "vitest";
import { createRunOnce } from "../../infra/handlers/run-once.ts";

const request = {
  RequestType: "Create" as const,
  ResponseURL: "https://cloudformation.example/answer",
  StackId: "stack",
  RequestId: "request",
  LogicalResourceId: "logical",
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
  it("runs it on creation and tells CloudFormation which resource succeeded", async () => {
    const { handler, invoked, responses } = runOnce();
    await handler(request);
    expect(invoked).toEqual(["arn:function"]);
    expect(responses).toEqual([
      {
        url: "https://cloudformation.example/answer",
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

  it("runs it again on an update, as the same physical resource: another id would make CloudFormation delete it", async () => {
    const { handler, invoked, responses } = runOnce();
    await handler({ ...request, RequestType: "Update", PhysicalResourceId: "older" });
    expect(invoked).toEqual(["arn:function"]);
    expect(responses).toMatchObject([{ body: { Status: "SUCCESS", PhysicalResourceId: "older" } }]);
  });

  it("fails the deployment when the function failed", async () => {
    const { handler, responses } = runOnce(new Error("arn:function failed: Unhandled"));
    await handler(request);
    expect(responses).toMatchObject([{ body: { Status: "FAILED", Reason: "arn:function failed: Unhandled" } }]);
  });

  it("does not run it when the stack goes", async () => {
    const { handler, invoked, responses } = runOnce(new Error("never called"));
    await handler({ ...request, RequestType: "Delete", PhysicalResourceId: "older" });
    expect(invoked).toEqual([]);
    expect(responses).toMatchObject([{ body: { Status: "SUCCESS" } }]);
  });
});
