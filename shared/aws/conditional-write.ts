import { isConditionFailure } from "./errors.ts";

/**
 * Awaits a write that has a condition. A condition that does not hold is a normal outcome, every other failure is thrown.
 *
 * @returns what the write returned, or undefined if its condition did not hold
 * @throws the SDK's error of a write that failed for another reason
 * @example (await ifConditionHolds(client.send(update)))?.Attributes
 */
export const ifConditionHolds = async <Output>(write: Promise<Output>): Promise<Output | undefined> => {
  try {
    return await write;
  } catch (error) {
    if (isConditionFailure(error)) return undefined;
    throw error;
  }
};
