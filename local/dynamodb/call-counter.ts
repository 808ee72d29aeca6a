/** Numbers of DynamoDB operations, by the short name of the function and by the name of the operation. */
export type DynamoDbCalls = Record<string, Record<string, number>>;

/** Counts the DynamoDB operations of every function. */
export type CallCounter = {
  /** Adds one operation of a function. */
  count(functionName: string, operation: string): void;
  /** The operations since the start, or since the last reset. */
  calls(): DynamoDbCalls;
  /** Sets all numbers to zero. */
  reset(): void;
};

/** Creates a counter that starts at zero. */
export const createCallCounter = (): CallCounter => {
  const counts = new Map<string, Map<string, number>>();
  return {
    count: (functionName, operation) => {
      const operations = counts.get(functionName) ?? new Map<string, number>();
      counts.set(functionName, operations.set(operation, (operations.get(operation) ?? 0) + 1));
    },
    calls: () => Object.fromEntries([...counts].map(([name, operations]) => [name, Object.fromEntries(operations)])),
    reset: () => counts.clear(),
  };
};
