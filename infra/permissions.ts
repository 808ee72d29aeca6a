import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { LIVE_SESSIONS_INDEX } from "../shared/contract/indexes.ts";
import type { Tables } from "./constructs/tables.ts";
import type { FunctionSpec } from "./functions.ts";

/** What the functions work on. */
export type Stores = {
  readonly tables: Tables;
  readonly keyRing: Secret;
  /** Undefined where there is no CDN. */
  readonly originSecret: Secret | undefined;
};

const TABLE_VARIABLES = {
  users: "USERS_TABLE",
  sessions: "SESSIONS_TABLE",
  throttle: "THROTTLE_TABLE",
  keys: "KEYS_TABLE",
} as const;
const TABLES = ["users", "sessions", "throttle", "keys"] as const;

const KEY_RING_ACTIONS = {
  read: ["secretsmanager:GetSecretValue"],
  write: ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"],
};

/** One statement a store, and one for its index, with exactly the actions of the spec on exactly that store (I2). */
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

/** The names of the stores that the spec lets a function use. */
export const toStoreVariables = (spec: FunctionSpec, stores: Stores): Record<string, string> => {
  const { tables, keyRing, originSecret } = stores;
  const variables: Record<string, string> = {};
  for (const name of TABLES) {
    if (spec.tables[name] !== undefined) variables[TABLE_VARIABLES[name]] = tables[name].tableName;
  }
  if (spec.keyRing !== undefined) variables["KEY_RING_SECRET_ID"] = keyRing.secretArn;
  if (spec.viewerAddress && originSecret !== undefined) variables["ORIGIN_SECRET_ID"] = originSecret.secretArn;
  return variables;
};
