/** A reason why the service cannot start that the developer can mend. The message is one line and is shown as it is. */
export class StartError extends Error {
  override readonly name = "StartError";
}
