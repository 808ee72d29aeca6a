import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { keyTable, rotateKeysResponse } from "./key-table.ts";
import { findInLocalService, findInStack } from "./rotate-keys-function.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const USAGE = `Shows and changes the signing keys: npm run keys -- <command> [options]

  list              every key, its state, and the time of its next change
  rotate            promote the next key now if every verifier knows it; do not wait for the rotation period
  withdraw KID      emergency: remove a key and invalidate every token that it signed (see docs/keys.md)

  --stack NAME      a deployed stack, such as latchkey-prod (default: the service that npm start runs)
  --profile NAME    the AWS profile to use
  --region NAME     the AWS region of the stack
  --data DIR        the data folder of the service that npm start runs (default: .latchkey)
  --help            show this text`;

const parse = (args: readonly string[]) => {
  const option = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { stack: option, profile: option, region: option, data: option, help: { type: "boolean" } },
    });
  } catch (error) {
    throw new Error(error instanceof Error ? error.message : String(error));
  }
};

/** Converts the words of the command line to the event for rotate-keys. @throws Error with the usage */
const toEvent = ([command, kid, ...rest]: readonly string[]): object => {
  if (command === "withdraw" && kid !== undefined && rest.length === 0) return { action: "withdraw", kid };
  if ((command === "list" || command === "rotate") && kid === undefined) return { action: command };
  throw new Error(USAGE);
};

const main = async (): Promise<void> => {
  const { values, positionals } = parse(process.argv.slice(2));
  if (values.help) return console.log(USAGE);
  const event = toEvent(positionals);
  const rotateKeys =
    values.stack === undefined
      ? findInLocalService(resolve(values.data ?? resolve(ROOT, ".latchkey")))
      : await findInStack(values.stack, values);
  const response = rotateKeysResponse.parse(await rotateKeys.invoke(event));
  if (response.outcome === "unknown_key") throw new Error("There is no key with this id.");
  console.log(keyTable(response.keys));
};

main().catch((error: unknown) => {
  // Errors of AWS (no credentials, no such stack, no permission) are for the operator too, so they have no stack trace.
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
