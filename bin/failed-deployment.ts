import {
  type CloudFormationClient,
  DeleteStackCommand,
  DescribeStacksCommand,
  paginateDescribeStackEvents,
  paginateListStackResources,
  type Stack,
  UpdateTerminationProtectionCommand,
} from "@aws-sdk/client-cloudformation";
import {
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ScanCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import { DeleteSecretCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

/** The clients of the AWS services that the clean-up needs. */
export type AwsClients = {
  readonly cloudFormation: CloudFormationClient;
  readonly dynamodb: DynamoDBClient;
  readonly secrets: SecretsManagerClient;
};

/** A stack whose first deployment failed, and the resources that its rollback left behind. */
export type FailedDeployment = {
  readonly stackId: string;
  readonly stackName: string;
  readonly status: string;
  /** The names of the tables. They have deletion protection. */
  readonly tables: readonly string[];
  /** The ARNs of the secrets. */
  readonly secrets: readonly string[];
};

/** The states of a stack that was never created. `DELETE_FAILED` follows a deletion that did not complete. */
const NEVER_CREATED = ["CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"];

/** The logical ids of the tables with accounts and sessions (`infra/constructs/tables.ts`). */
const ACCOUNT_TABLES = /^Tables(?:Users|Sessions)/;

/**
 * Finds the resources that a failed first deployment left behind. Changes nothing.
 *
 * @throws Error with a sentence for the operator, if the stack does not exist, is not a stack of Latchkey or was ever created, or if
 * a table has an account or a session
 */
export const findFailedDeployment = async (aws: AwsClients, stackName: string): Promise<FailedDeployment> => {
  const stack = await findStack(aws, stackName);
  if (stack?.StackId === undefined)
    throw new Error(`There is no stack ${stackName} here, so nothing blocks a deployment.`);
  if (!stack.Description?.startsWith("Latchkey:")) throw new Error(`${stackName} is no stack of Latchkey.`);
  const { StackId: stackId, StackStatus: status = "" } = stack;
  if (!NEVER_CREATED.includes(status) || (await wasEverCreated(aws, stackId))) {
    throw new Error(
      `${stackName} (${status}) is not a first deployment that failed. It may hold data: nothing was changed.`,
    );
  }

  const tables: string[] = [];
  const secrets: string[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources(
    { client: aws.cloudFormation },
    { StackName: stackId },
  )) {
    for (const resource of StackResourceSummaries) {
      const { PhysicalResourceId: id, LogicalResourceId: name = "", ResourceType, ResourceStatus } = resource;
      if (!id || ResourceStatus === "DELETE_COMPLETE") continue;
      if (ResourceType === "AWS::SecretsManager::Secret") secrets.push(id);
      if (ResourceType !== "AWS::DynamoDB::Table") continue;
      const table = await describeTable(aws, id);
      if (table === undefined || table.TableStatus === "DELETING") continue;
      if (ACCOUNT_TABLES.test(name)) await assertEmpty(aws, id);
      tables.push(id);
    }
  }
  return { stackId, stackName, status, tables, secrets };
};

/**
 * Deletes the resources that `findFailedDeployment` found, and then the stack. Every step is idempotent, so an interrupted run can be
 * repeated. The secrets can be restored for seven days.
 *
 * @param log receives one line for each step
 * @param pause waits before the state of a table or of the stack is read again
 * @throws Error if CloudFormation cannot delete the stack
 * @throws the errors of the SDK
 */
export const deleteFailedDeployment = async (
  aws: AwsClients,
  { stackId, stackName, tables, secrets }: FailedDeployment,
  { log, pause }: { readonly log: (line: string) => void; readonly pause: () => Promise<void> },
): Promise<void> => {
  for (const TableName of tables) {
    if ((await describeTable(aws, TableName))?.DeletionProtectionEnabled) {
      await aws.dynamodb.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
    }
    while ((await describeTable(aws, TableName))?.TableStatus === "UPDATING") await pause();
    await aws.dynamodb.send(new DeleteTableCommand({ TableName }));
    log(`Deleted the table ${TableName}`);
  }
  for (const SecretId of secrets) {
    await deleteSecret(aws, SecretId);
    log(`Deleted the secret ${SecretId} (it can be restored for 7 days)`);
  }
  const { cloudFormation } = aws;
  await cloudFormation.send(
    new UpdateTerminationProtectionCommand({ StackName: stackName, EnableTerminationProtection: false }),
  );
  await cloudFormation.send(new DeleteStackCommand({ StackName: stackId }));
  for (;;) {
    const stack = await findStack(aws, stackId);
    if (stack === undefined || stack.StackStatus === "DELETE_COMPLETE") break;
    if (stack.StackStatus === "DELETE_FAILED") {
      throw new Error(`CloudFormation could not delete ${stackName}: ${stack.StackStatusReason ?? "see its events"}`);
    }
    await pause();
  }
  log(`Deleted the stack ${stackName}`);
};

/** Deletes a secret. Does nothing if the secret is marked for deletion already, which Secrets Manager rejects, or does not exist. */
const deleteSecret = async ({ secrets }: AwsClients, SecretId: string): Promise<void> => {
  try {
    await secrets.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isMarked = error.name === "InvalidRequestException" && /marked for deletion/i.test(error.message);
    if (!isMarked && error.name !== "ResourceNotFoundException") throw error;
  }
};

/** Returns the stack, or undefined if the stack does not exist. CloudFormation reports that as a ValidationError. */
const findStack = async ({ cloudFormation }: AwsClients, StackName: string): Promise<Stack | undefined> => {
  try {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    return Stacks[0];
  } catch (error) {
    if (error instanceof Error && error.name === "ValidationError" && /does not exist/.test(error.message))
      return undefined;
    throw error;
  }
};

/** Whether the stack itself ever reached a state that follows a successful creation. */
const wasEverCreated = async ({ cloudFormation }: AwsClients, stackId: string): Promise<boolean> => {
  for await (const { StackEvents = [] } of paginateDescribeStackEvents(
    { client: cloudFormation },
    { StackName: stackId },
  )) {
    const ofStack = StackEvents.filter(({ PhysicalResourceId }) => PhysicalResourceId === stackId);
    if (ofStack.some(({ ResourceStatus = "" }) => /^(?:CREATE_COMPLETE|UPDATE_|IMPORT_)/.test(ResourceStatus)))
      return true;
  }
  return false;
};

const describeTable = async ({ dynamodb }: AwsClients, TableName: string) =>
  (await ignoring("ResourceNotFoundException", dynamodb.send(new DescribeTableCommand({ TableName }))))?.Table;

const assertEmpty = async ({ dynamodb }: AwsClients, TableName: string): Promise<void> => {
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName, Limit: 1, ConsistentRead: true }));
  if (Items.length > 0) throw new Error(`The table ${TableName} holds data: nothing was changed.`);
};

const ignoring = async <Value>(name: string, call: Promise<Value>): Promise<Value | undefined> => {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && error.name === name) return undefined;
    throw error;
  }
};
