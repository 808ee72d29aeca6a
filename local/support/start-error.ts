/** The service cannot start, and the developer can remove the cause. The command prints the message, which is one line. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/**
 * Returns the text that the command prints for an error: one sentence for a `StartError`, an error of the operating system or an
 * error of the data folder, and the stack trace for a fault of the program.
 */
export const explainFailure = (error: unknown): string => {
  if (error instanceof StartError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { readonly code?: unknown };
  const cause = error.cause instanceof Error ? error.cause.message : error.message;
  if (typeof code === "string" && code.startsWith("LEVEL_"))
    return `The data folder is damaged: ${cause}. Remove it, or use --memory.`;
  if ("syscall" in error && typeof code === "string")
    return `The operating system rejects a call of Latchkey: ${error.message}`;
  return error.stack ?? error.message;
};
