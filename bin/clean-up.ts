import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { deleteFailedDeployment, findFailedDeployment } from "./failed-deployment.ts";

const USAGE = `Deletes what a failed first deployment left behind, so that the deployment can be repeated:
npm run clean-up -- --stage prod [options]

It deletes the tables (deletion protection is turned off first), the secret of the keys, and the stack (termination
protection is turned off first). It changes nothing if the stack was ever created, or if a table has an account or a session.

  --stage NAME      dev or prod
  --yes             delete; without it the command only lists what it would delete
  --dry-run         only list, even with --yes
  --profile NAME    the AWS profile to use
  --region NAME     the AWS region of the stack
  --help            show this text`;

const PAUSE_MILLISECONDS = 5000;

const main = async (): Promise<void> => {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const { values } = parseArgs({
    options: { stage: text, profile: text, region: text, yes: flag, "dry-run": flag, help: flag },
  });
  if (values.help) return console.log(USAGE);
  if (values.stage !== "dev" && values.stage !== "prod") throw new Error(USAGE);
  const options = {
    ...(values.profile === undefined ? {} : { profile: values.profile }),
    ...(values.region === undefined ? {} : { region: values.region }),
  };
  const aws = {
    cloudFormation: new CloudFormationClient(options),
    dynamodb: new DynamoDBClient(options),
    secrets: new SecretsManagerClient(options),
  };
  const deployment = await findFailedDeployment(aws, `latchkey-${values.stage}`);
  if (values["dry-run"] || !values.yes) {
    console.log(`The first deployment of ${deployment.stackName} failed (${deployment.status}). To be deleted:`);
    for (const table of deployment.tables) console.log(`  table   ${table}`);
    for (const secret of deployment.secrets) console.log(`  secret  ${secret}`);
    console.log(`  stack   ${deployment.stackId}`);
    console.log("Nothing was deleted. Run the command again with --yes to delete them.");
    return;
  }
  await deleteFailedDeployment(aws, deployment, { log: console.log, pause: () => sleep(PAUSE_MILLISECONDS) });
  console.log("The deployment can be repeated.");
};

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
