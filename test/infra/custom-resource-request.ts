/** What every request of CloudFormation to a custom resource has. A test adds the type of the request and the properties. */
export const customResourceRequest = {
  ResponseURL: "https://cloudformation.example/response",
  StackId: "stack",
  RequestId: "request",
  LogicalResourceId: "logical",
};
