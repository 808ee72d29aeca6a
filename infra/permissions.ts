import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { StoreVariable } from "../shared/contract/environment.ts";
import { LIVE_SESSIONS_INDEX } from "../shared/contract/indexes.ts";
import type { Tables } from "./constructs/tables.ts";
import type { FunctionSpec } from "./functions.ts";

/** The tables and secrets that functions may use. */
export type Stores = {
  readonly tables: Tables;
  readonly keyRing: Secret;
  /** Undefined without a CDN. */
  readonly originSecret: Secret | undefined;
};

const TABLE_VARIABLES = {
  users: "USERS_TABLE",
  sessions: "SESSIONS_TABLE",
  throttle: "THROTTLE_TABLE",
  keys: "KEYS_TABLE",
} as const satisfies Record<string, StoreVariable>;
const TABLES = ["users", "sessions", "throttle", "keys"] as const;

const KEY_RING_ACTIONS = {
  read: ["secretsmanager:GetSecretValue"],
  write: ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"],
};

/** Returns the IAM statements of a function: for each table, index and secret of the spec exactly the actions that the spec names (I2). */
export const toStatements = (spec: FunctionSpec, stores: Stores): readonly PolicyStatement[] => {
  const { tables, keyRing, originSecret } = stores;
  const statements: PolicyStatement[] = [];
  for (const name of TABLES) {
    const actions = spec.tables[name]?.map((action) => `dynamodb:${action}`);
    if (actions !== undefined) statements.push(new PolicyStatement({ actions, resources: [tables[name].tableArn] }));
  }
  if (spec.liveSessions) {
    const resources = [`${tables.sessions.tableArn}/index/${LIVE_SESSIONS_INDEX}`];
    statements.push(new PolicyStatement({ actions: ["dynamodb:Query"], resources }));
  }
  if (spec.keyRing !== undefined) {
    statements.push(new PolicyStatement({ actions: KEY_RING_ACTIONS[spec.keyRing], resources: [keyRing.secretArn] }));
  }
  if (spec.viewerAddress && originSecret !== undefined) {
    statements.push(
      new PolicyStatement({ actions: ["secretsmanager:GetSecretValue"], resources: [originSecret.secretArn] }),
    );
  }
  return statements;
};

/** Returns the environment variables that name the tables and secrets of the spec. */
export const toStoreVariables = (spec: FunctionSpec, stores: Stores): Partial<Record<StoreVariable, string>> => {
  const { tables, keyRing, originSecret } = stores;
  const variables: Partial<Record<StoreVariable, string>> = {};
  for (const name of TABLES) {
    if (spec.tables[name] !== undefined) variables[TABLE_VARIABLES[name]] = tables[name].tableName;
  }
  if (spec.keyRing !== undefined) variables.KEY_RING_SECRET_ID = keyRing.secretArn;
  if (spec.viewerAddress && originSecret !== undefined) variables.ORIGIN_SECRET_ID = originSecret.secretArn;
  return variables;
};
