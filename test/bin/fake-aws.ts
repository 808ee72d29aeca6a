import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** The number of descriptions with the status `UPDATING` after each update of a table. */
type Table = { protected: boolean; slow: boolean; updates: number; items: number };
type Resource = { readonly name: string; readonly type: string; readonly id: string; readonly status: string };

/** The parts of an AWS account that the deletion of a stack needs. The fields are the state, and tests change them. */
export type FakeAws = {
  readonly url: string;
  readonly stackId: string;
  stack: { status: string; protected: boolean; description: string } | undefined;
  readonly events: string[];
  readonly resources: Resource[];
  readonly tables: Map<string, Table>;
  readonly secrets: Map<string, "there" | "marked for deletion">;
  /** The name of every operation that changed something or tried to change something. */
  readonly changes: string[];
  /** The name of an operation that fails once, as if the operator lost the connection. */
  failOnce: string | undefined;
  stop(): void;
};

class AwsError extends Error {
  override readonly name: string;
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/**
 * Starts a server on 127.0.0.1 with the protocols of CloudFormation (Query, XML), DynamoDB and Secrets Manager (JSON). As AWS does, it
 * rejects the deletion of a protected table and of a stack with termination protection.
 */
export const startFakeAws = async (stackName: string): Promise<FakeAws> => {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const operation = getOperation(request, body);
    try {
      if (aws.failOnce === operation) {
        aws.failOnce = undefined;
        throw new AwsError("AccessDenied", "The credentials have expired");
      }
      const result = operations[operation]?.(getParameters(request, body));
      if (result === undefined) throw new AwsError("UnknownOperation", `${operation} is not emulated`);
      response.end(typeof result === "string" ? result : JSON.stringify(result));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const { name, message } = error;
      response.statusCode = 400;
      response.end(
        request.headers["x-amz-target"] === undefined
          ? `<ErrorResponse><Error><Type>Sender</Type><Code>${name}</Code><Message>${message}</Message></Error></ErrorResponse>`
          : JSON.stringify({ __type: name, message }),
      );
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");

  const stackId = `arn:aws:cloudformation:eu-central-1:123456789012:stack/${stackName}/1`;
  const aws: FakeAws = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stackId,
    stack: { status: "ROLLBACK_COMPLETE", protected: true, description: "Latchkey: sessions" },
    events: ["ROLLBACK_COMPLETE", "ROLLBACK_IN_PROGRESS", "CREATE_FAILED", "CREATE_IN_PROGRESS"],
    resources: [],
    tables: new Map(),
    secrets: new Map(),
    changes: [],
    failOnce: undefined,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };

  const theStack = () => {
    if (aws.stack === undefined) throw new AwsError("ValidationError", `Stack with id ${stackName} does not exist`);
    return aws.stack;
  };
  const table = ({ TableName = "" }: Parameters): Table => {
    const found = aws.tables.get(TableName);
    if (found === undefined) throw new AwsError("ResourceNotFoundException", `Table: ${TableName} not found`);
    return found;
  };
  const change = (line: string): void => {
    aws.changes.push(line);
  };
  const operations: Record<string, (parameters: Parameters) => string | object> = {
    DescribeStacks: () => {
      const { status, description } = theStack();
      return xml(
        "DescribeStacks",
        `<Stacks><member><StackName>${stackName}</StackName><StackId>${stackId}</StackId>
        <Description>${description}</Description><StackStatus>${status}</StackStatus>
        <CreationTime>2026-01-01T00:00:00Z</CreationTime></member></Stacks>`,
      );
    },
    DescribeStackEvents: () => {
      const members = aws.events.map(
        (status) => `<member><StackId>${stackId}</StackId><EventId>${status}</EventId>
        <StackName>${stackName}</StackName><PhysicalResourceId>${stackId}</PhysicalResourceId>
        <ResourceType>AWS::CloudFormation::Stack</ResourceType><ResourceStatus>${status}</ResourceStatus>
        <Timestamp>2026-01-01T00:00:00Z</Timestamp></member>`,
      );
      return xml("DescribeStackEvents", `<StackEvents>${members.join("")}</StackEvents>`);
    },
    ListStackResources: ({ NextToken }) => {
      // The list has two pages. A client that reads only the first page misses half of the resources.
      const half = Math.ceil(aws.resources.length / 2);
      const page = NextToken === undefined ? aws.resources.slice(0, half) : aws.resources.slice(half);
      const members = page.map(
        ({ name, type, id, status }) => `<member><LogicalResourceId>${name}</LogicalResourceId>
        <PhysicalResourceId>${id}</PhysicalResourceId><ResourceType>${type}</ResourceType>
        <ResourceStatus>${status}</ResourceStatus><LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp></member>`,
      );
      const next = NextToken === undefined ? "<NextToken>2</NextToken>" : "";
      return xml("ListStackResources", `<StackResourceSummaries>${members.join("")}</StackResourceSummaries>${next}`);
    },
    UpdateTerminationProtection: ({ EnableTerminationProtection }) => {
      change("UpdateTerminationProtection");
      theStack().protected = String(EnableTerminationProtection) === "true";
      return xml("UpdateTerminationProtection", `<StackId>${stackId}</StackId>`);
    },
    DeleteStack: () => {
      change("DeleteStack");
      if (theStack().protected) {
        const message = `Stack [${stackName}] cannot be deleted while TerminationProtection is enabled`;
        throw new AwsError("ValidationError", message);
      }
      aws.stack = undefined;
      return xml("DeleteStack", "");
    },
    DescribeTable: (parameters) => {
      const found = table(parameters);
      const TableStatus = found.updates > 0 ? "UPDATING" : "ACTIVE";
      if (found.updates > 0) found.updates -= 1;
      return { Table: { TableStatus, DeletionProtectionEnabled: found.protected } };
    },
    Scan: (parameters) => ({ Items: Array.from({ length: table(parameters).items }, () => ({ pk: { S: "USER#1" } })) }),
    UpdateTable: (parameters) => {
      change(`UpdateTable ${parameters.TableName}`);
      const found = table(parameters);
      Object.assign(found, { protected: parameters["DeletionProtectionEnabled"], updates: found.slow ? 2 : 0 });
      return {};
    },
    DeleteTable: (parameters) => {
      change(`DeleteTable ${parameters.TableName}`);
      const found = table(parameters);
      if (found.protected) throw new AwsError("ValidationException", "Resource cannot be deleted as it is protected");
      if (found.updates > 0) throw new AwsError("ResourceInUseException", "Table is being updated");
      aws.tables.delete(parameters.TableName ?? "");
      return {};
    },
    DeleteSecret: ({ SecretId = "", ...rest }) => {
      change(`DeleteSecret ${SecretId} ${JSON.stringify(rest)}`);
      if (aws.secrets.get(SecretId) === "marked for deletion") {
        const message = "You can't perform this operation on the secret because it was marked for deletion.";
        throw new AwsError("InvalidRequestException", message);
      }
      aws.secrets.set(SecretId, "marked for deletion");
      return {};
    },
  };
  return aws;
};

type Parameters = { readonly TableName?: string; readonly SecretId?: string; readonly [name: string]: unknown };

const getOperation = ({ headers }: IncomingMessage, body: string): string => {
  const target = headers["x-amz-target"];
  return typeof target === "string"
    ? (target.split(".").at(-1) ?? "")
    : (new URLSearchParams(body).get("Action") ?? "");
};

const getParameters = ({ headers }: IncomingMessage, body: string): Parameters =>
  headers["x-amz-target"] === undefined ? Object.fromEntries(new URLSearchParams(body)) : JSON.parse(body);

const xml = (operation: string, result: string): string =>
  `<${operation}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
    <${operation}Result>${result}</${operation}Result></${operation}Response>`;
