import { isDeepStrictEqual } from "node:util";
import * as z from "zod/mini";
import type { Resolver } from "../cloudformation/intrinsics.ts";
import type { CloudEnvironment } from "../cloudformation/references.ts";
import { resolvePhysicalId } from "../cloudformation/references.ts";
import type { Assembly } from "../cloudformation/template.ts";
import { asShape } from "../support/shape.ts";
import { StartError } from "../support/start-error.ts";

const KeySchema = z.array(z.looseObject({ AttributeName: z.string(), KeyType: z.string() }));
type Keys = z.infer<typeof KeySchema>;
const Index = z.looseObject({ IndexName: z.string(), KeySchema, Projection: z.unknown() });
const Properties = z.looseObject({
  TableName: z.optional(z.string()),
  AttributeDefinitions: z.array(z.looseObject({ AttributeName: z.string(), AttributeType: z.string() })),
  KeySchema,
  GlobalSecondaryIndexes: z.optional(z.array(Index)),
  LocalSecondaryIndexes: z.optional(z.array(Index)),
});

/** The input of `CreateTable` for a table. */
export type TableDefinition = z.infer<typeof Properties> & { readonly TableName: string };

/** Returns the tables of the template, with only the properties that an engine needs: keys and indexes. */
export const readTables = (assembly: Assembly, resolver: Resolver, environment: CloudEnvironment): TableDefinition[] =>
  Object.entries(assembly.template.Resources)
    .filter(([, resource]) => /^AWS::DynamoDB::(Global)?Table$/.test(resource.Type) && resolver.isDeployed(resource))
    .map(([logicalId, resource]) => {
      const properties = asShape(Properties, resolver.resolve(resource.Properties), logicalId);
      return {
        TableName: resolvePhysicalId(logicalId, resource.Type, properties, environment),
        AttributeDefinitions: properties.AttributeDefinitions,
        KeySchema: properties.KeySchema,
        ...(properties.GlobalSecondaryIndexes && {
          GlobalSecondaryIndexes: properties.GlobalSecondaryIndexes.map(definition),
        }),
        ...(properties.LocalSecondaryIndexes && {
          LocalSecondaryIndexes: properties.LocalSecondaryIndexes.map(definition),
        }),
      };
    });

/** An index as `CreateTable` takes it. */
const definition = ({ IndexName, KeySchema, Projection }: z.infer<typeof Index>) => ({
  IndexName,
  KeySchema,
  Projection,
});

/**
 * Creates the tables that the engine does not have yet.
 * @throws StartError if a table exists with other keys or indexes, or if the engine does not respond
 */
export const createTables = async (engineUrl: string, tables: readonly TableDefinition[]): Promise<void> => {
  for (const table of tables) {
    const existing = await call(engineUrl, "DescribeTable", { TableName: table.TableName });
    if (existing.ok) {
      const { Table } = asShape(Description, existing.body, "The response to DescribeTable");
      if (!isDeepStrictEqual(summarize(Table), summarize(table))) {
        throw new StartError(
          `The stored table ${table.TableName} has other keys or indexes than the template: remove the data folder, or use --memory.`,
        );
      }
      continue;
    }
    const created = await call(engineUrl, "CreateTable", { ...table, BillingMode: "PAY_PER_REQUEST" });
    if (!created.ok) throw new StartError(`Cannot create ${table.TableName}: ${JSON.stringify(created.body)}`);
  }
};

const Description = z.looseObject({ Table: Properties });

/** Returns the properties that must be equal, sorted. */
const summarize = (properties: z.infer<typeof Properties>) => {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] } = properties;
  const keys = (schema: Keys) => schema.map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`).sort();
  return {
    attributes: AttributeDefinitions.map((attribute) => `${attribute.AttributeName} ${attribute.AttributeType}`).sort(),
    keys: keys(KeySchema),
    indexes: [...GlobalSecondaryIndexes, ...LocalSecondaryIndexes]
      .map((index) => [index.IndexName, ...keys(index.KeySchema)].join(" "))
      .sort(),
  };
};

/** Milliseconds for one call to the engine, the body of the response included. */
const CALL_MS = 60_000;

const call = async (
  engineUrl: string,
  operation: string,
  input: unknown,
): Promise<{ readonly ok: boolean; readonly body: unknown }> => {
  try {
    const response = await fetch(engineUrl, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": `DynamoDB_20120810.${operation}`,
        "x-amz-date": "20260101T000000Z",
        // Local engines require a signature and do not verify the signature.
        authorization:
          "AWS4-HMAC-SHA256 Credential=latchkeylocal/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
      },
      body: JSON.stringify(input),
      signal: AbortSignal.timeout(CALL_MS),
    });
    return { ok: response.ok, body: await response.json() };
  } catch (cause) {
    throw new StartError(`The DynamoDB at ${engineUrl} does not respond.`, { cause });
  }
};
