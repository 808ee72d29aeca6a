import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { keyTable, rotateKeysResponse } from "./key-table.ts";
import { ofLocalService, ofStack } from "./rotate-keys-function.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const USAGE = `Shows and changes the signing keys: npm run keys -- <command> [options]

  list              every key, its state, and what becomes of it when
  rotate            promote the next key now if it is known everywhere; do not wait for the period
  withdraw KID      emergency: end a key and every token that it signed (see docs/keys.md)

  --stack NAME      of a deployed stack, such as latchkey-prod (default: the service that npm start runs)
  --profile NAME    the AWS profile to use
  --region NAME     the AWS region of the stack
  --data DIR        the data folder of the service that npm start runs (default: .latchkey)
  --help            show this`;

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

/** The event for rotate-keys. */
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
      ? ofLocalService(resolve(values.data ?? resolve(ROOT, ".latchkey")))
      : await ofStack(values.stack, values);
  const response = rotateKeysResponse.parse(await rotateKeys.invoke(event));
  if (response.outcome === "unknown_key") throw new Error("There is no key with this id, or no more.");
  console.log(keyTable(response.keys));
};

main().catch((error: unknown) => {
  // What AWS refuses (no credentials, no such stack, no permission) is the operator's to mend as well.
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
