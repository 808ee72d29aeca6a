import { AccessLogField, AccessLogFormat } from "aws-cdk-lib/aws-apigateway";

/**
 * One JSON line a request: who, what, from where, with what result (G2). Only what API Gateway or the authorizer made
 * stands in it: a path, a user agent or the message of a failed function may hold the client's text and forge a line (G3).
 * Every value is a string, as a missing one is written as `-`.
 */
export const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    requestTimeEpoch: AccessLogField.contextRequestTimeEpoch(),
    ip: AccessLogField.contextIdentitySourceIp(),
    method: AccessLogField.contextHttpMethod(),
    resource: AccessLogField.contextResourcePath(),
    status: AccessLogField.contextStatus(),
    responseType: AccessLogField.contextErrorResponseType(),
    responseLatency: AccessLogField.contextResponseLatency(),
    integrationLatency: AccessLogField.contextIntegrationLatency(),
    integrationStatus: AccessLogField.contextIntegrationStatus(),
    authorizerLatency: AccessLogField.contextAuthorizerLatency(),
    userId: AccessLogField.contextAuthorizer("sub"),
    sessionId: AccessLogField.contextAuthorizer("sid"),
    denial: AccessLogField.contextAuthorizer("denial"),
  }),
);
