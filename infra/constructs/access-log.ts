import { AccessLogField, AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import { DENIAL_CONTEXT } from "../../shared/contract/authorizer-context.ts";

/**
 * The access log: one line of JSON for each request with the caller, the route, the address and the result (G2).
 *
 * The line has only values that API Gateway or the authorizer made. A path, a user agent or the message of a failed function may
 * contain text of the client, which could forge a line (G3). Every value is a string, because API Gateway writes a missing value as
 * `-`.
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
    denial: AccessLogField.contextAuthorizer(DENIAL_CONTEXT.code),
  }),
);
