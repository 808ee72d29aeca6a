/** By function, the permissions that its calls needed: `action on resource`, with the name of the table or the id of the secret. */
export type UsedPermissions = Record<string, readonly string[]>;

/** Records the permission that each call of a function needed. */
export type PermissionLog = {
  /** Adds one call of a function. `body` is the JSON text of the request. */
  record(functionName: string, service: string, operation: string, body: string): void;
  /** The permissions since the start, sorted. */
  uses(): UsedPermissions;
};

/** Creates a log without entries. */
export const createPermissionLog = (): PermissionLog => {
  const used = new Map<string, Set<string>>();
  return {
    record: (functionName, service, operation, body) => {
      const permissions = used.get(functionName) ?? new Set<string>();
      used.set(functionName, permissions.add(toPermission(service, operation, body)));
    },
    uses: () => Object.fromEntries([...used].map(([name, permissions]) => [name, [...permissions].sort()])),
  };
};

const toPermission = (service: string, operation: string, body: string): string => {
  const { TableName, IndexName, SecretId }: Record<string, unknown> = JSON.parse(body || "{}");
  if (service === "secretsmanager") return `secretsmanager:${operation} on ${SecretId}`;
  return `dynamodb:${operation} on ${TableName}${IndexName === undefined ? "" : `/index/${IndexName}`}`;
};
