import { test } from "vitest";
import { findDeployedStack } from "./deployed-stack.ts";
import { startDynamoDb } from "./dynamodb.ts";
import { type Service, type ServiceOptions, startService } from "./service-process.ts";

/**
 * `it` with fixtures for a whole test file. A fixture starts when the first hook or test of the file asks for it, and stops after the last
 * test of the file. A file that asks for no fixture starts nothing.
 *
 * - `database`: an empty database in this process.
 * - `service`: the service in its own process with `serviceOptions`, or the stack that `LATCHKEY_URL` names.
 * - `serviceOptions`: the defaults, unless the file overrides them.
 * @example
 * ```ts
 * it.override("serviceOptions", { settings: { revocationMode: "feed" } });
 * it("lists sessions", async ({ service }) => {
 *   const { access_token } = await service.signIn(await service.newAccount());
 *   expect(await service.sessions(access_token)).toHaveLength(1);
 * });
 * ```
 */
export const it = test
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the names of the fixtures that this one needs from the pattern.
  .extend("database", { scope: "file" }, async ({}, { onCleanup }) => {
    const database = await startDynamoDb();
    onCleanup(database.stop);
    return database;
  })
  .extend("serviceOptions", { scope: "file" }, (): ServiceOptions => ({}))
  .extend(
    "service",
    { scope: "file" },
    async ({ serviceOptions }): Promise<Service> => findDeployedStack() ?? (await startService(serviceOptions)),
  );
