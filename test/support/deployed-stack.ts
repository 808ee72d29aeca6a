import { setTimeout as sleep } from "node:timers/promises";
import { describe, TestRunner } from "vitest";
import type { Service } from "./service-process.ts";
import { createSessionApi } from "./session-api.ts";

/** The stack that the scenarios run against, without a trailing slash. Undefined: each test file starts its own service. */
export const deployedStackUrl = process.env["LATCHKEY_URL"]?.replace(/\/+$/, "") || undefined;

/**
 * Skips the test that is running, with a reason for the report.
 * @throws always, so that the rest of the test does not run
 */
export const skipCurrentTest = (reason: string): never => {
  TestRunner.getCurrentTest()?.context.skip(reason);
  throw new Error(`Only a test can be skipped while it runs. This hook ${reason}.`);
};

/**
 * Returns `describe` for tests that need a service of their own. Against a deployed stack, returns `describe.skip` and prints the reason.
 * The hooks of a file without other tests do not run then.
 * @param reason completes the sentence "This test file …"
 */
export const describeWithOwnService = (reason: string): typeof describe.skip => {
  if (deployedStackUrl === undefined) return describe;
  console.error(`\n!! SKIPPED against ${deployedStackUrl}. This test file ${reason}.\n`);
  return describe.skip;
};

/**
 * Creates a client of the stack that `LATCHKEY_URL` names. A deployed stack has no controls: a test that moves the clock, counts DynamoDB
 * calls, deploys again or stops the service is skipped at that step. After a 429 the client waits as long as `Retry-After` says.
 * @returns undefined if `LATCHKEY_URL` is not set
 */
export const findDeployedStack = (): Service | undefined => {
  if (deployedStackUrl === undefined) return undefined;
  const needs = (control: string) => async () => skipCurrentTest(`needs ${control}`);
  return {
    ...createSessionApi(deployedStackUrl, (seconds) => sleep(seconds * 1000)),
    advance: needs("control of the clock"),
    now: needs("control of the clock"),
    deploy: needs("control of the deployment"),
    dynamoDbCalls: needs("the count of DynamoDB calls"),
    resetDynamoDbCalls: needs("the count of DynamoDB calls"),
    stop: needs("control of the process"),
    printed: () => skipCurrentTest("needs the output of the process"),
  };
};
