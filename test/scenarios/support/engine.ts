import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { synthesize } from "../../../local/cloudformation/synthesize.ts";
import { startEmbeddedEngine } from "../../../local/dynamodb/embedded-engine.ts";
import { atEnd } from "../../local/support/clean-up.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

type Row = Readonly<Record<string, unknown>>;

/** A table of the template and its rows in the engine. */
export type Table = {
  readonly tableName: string;
  /** Undefined if the table has no TTL. */
  readonly timeToLiveAttribute: string | undefined;
  readonly rows: readonly Row[];
};

/** The name of a table in its construct. */
type TableId = "Users" | "Sessions" | "Throttle" | "Keys";

/** A DynamoDB engine for a service, whose tables a test can read and change. */
export type Engine = {
  readonly url: string;
  readonly documentClient: DynamoDBDocumentClient;
  /** Reads all rows of a table. The service must have started. @throws Error if the table is missing or larger than a page */
  readonly read: (table: TableId) => Promise<Table>;
};

/** Starts an engine in this process. The engine stops after the last test of the file. */
export const startEngine = async (): Promise<Engine> => {
  const engine = await startEmbeddedEngine(undefined);
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint: engine.url, region: "us-east-1", credentials });
  atEnd(async () => {
    client.destroy();
    await engine.stop();
  });
  const documentClient = DynamoDBDocumentClient.from(client);

  return {
    url: engine.url,
    documentClient,
    read: async (table) => {
      const { logicalId, timeToLiveAttribute } = await tableOfTemplate(table);
      const { TableNames = [] } = await client.send(new ListTablesCommand());
      const tableName = TableNames.find((name) => name.endsWith(logicalId));
      if (tableName === undefined) throw new Error(`The service created no table for ${logicalId}`);
      const { Items = [], LastEvaluatedKey } = await documentClient.send(new ScanCommand({ TableName: tableName }));
      if (LastEvaluatedKey !== undefined) throw new Error(`${tableName} is larger than a page`);
      return { tableName, timeToLiveAttribute, rows: Items };
    },
  };
};

const Properties = z.looseObject({
  TimeToLiveSpecification: z.optional(z.object({ AttributeName: z.string(), Enabled: z.boolean() })),
});
const Template = z.object({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string(), Properties: z.optional(z.unknown()) })),
});

/** Synthesizes the template without settings. @returns the template as JSON */
export const readTemplate = async (): Promise<Record<string, unknown>> => {
  const cacheDirectory = join(ROOT, ".latchkey", "cdk");
  const assembly = await synthesize({ root: ROOT, context: {}, cacheDirectory, onProgress: () => undefined });
  const file = readdirSync(assembly).find((name) => name.endsWith(".template.json")) ?? "";
  return JSON.parse(readFileSync(join(assembly, file), "utf8"));
};

/** Finds a table in the synthesized template. @throws Error if the template has no such table */
const tableOfTemplate = async (table: TableId) => {
  const { Resources } = Template.parse(await readTemplate());
  for (const [logicalId, resource] of Object.entries(Resources)) {
    if (resource.Type !== "AWS::DynamoDB::Table" || !logicalId.startsWith(`Tables${table}`)) continue;
    const { TimeToLiveSpecification: ttl } = Properties.parse(resource.Properties);
    return { logicalId, timeToLiveAttribute: ttl?.Enabled ? ttl.AttributeName : undefined };
  }
  throw new Error(`The template declares no table ${table}`);
};
