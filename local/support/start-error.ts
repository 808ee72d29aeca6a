/** The service cannot start, and the developer can remove the cause. The command prints the message, which is one line. */
export class StartError extends Error {
  override readonly name = "StartError";
}
