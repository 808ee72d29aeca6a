import * as z from "zod/mini";
import { StartError } from "./start-error.ts";

/**
 * Checks untrusted data against a schema.
 * @param where names the data in the error
 * @returns the data with the type of the schema
 * @throws StartError with the first mismatch, in one line
 */
export const asShape = <Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  where: string,
): z.infer<Schema> => {
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  throw new StartError(`${where} is not as expected: ${firstIssue(parsed.error)}`);
};

/** Returns the first mismatch, such as `Integration.Type: Invalid input: expected string`. */
export const firstIssue = (error: z.core.$ZodError): string => {
  const [issue] = error.issues;
  return [issue?.path.map(String).join("."), issue?.message].filter(Boolean).join(": ");
};
