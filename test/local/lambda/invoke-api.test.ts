import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findInLocalService } from "../../../bin/rotate-keys-function.ts";
import { aFolder } from "../support/assembly.ts";
import { aService } from "../support/service.ts";

const FUNCTIONS = {
  RotateKeys: `export const handler = async (event) => {
    if (event.action === "fail") throw new Error("no such action");
    return { asked: event };
  };`,
};

const running = (folder: string): unknown => JSON.parse(readFileSync(join(folder, "running.json"), "utf8"));

it("lets a command invoke a function of the service while the service runs", async () => {
  const dataDirectory = aFolder();
  const service = await aService({ functions: FUNCTIONS, dataDirectory });
  const rotateKeys = findInLocalService(dataDirectory);
  expect(await rotateKeys.invoke({ action: "list" })).toEqual({ asked: { action: "list" } });
  await expect(rotateKeys.invoke({ action: "fail" })).rejects.toThrow("rotate-keys failed: no such action");
  await service.stop();
  await expect(rotateKeys.invoke({ action: "list" })).rejects.toThrow("No Latchkey runs");
  expect(() => findInLocalService(dataDirectory)).toThrow("No Latchkey runs");
});

it("rejects a caller that does not know the path in the data folder", async () => {
  const dataDirectory = aFolder();
  await aService({ functions: FUNCTIONS, dataDirectory });
  const file = join(dataDirectory, "running.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const { lambdaEndpoint, functions } = running(dataDirectory) as {
    lambdaEndpoint: string;
    functions: Record<string, string>;
  };
  const path = `/2015-03-31/functions/${functions["rotate-keys"]}/invocations`;
  const invoke = (url: string) => fetch(url, { method: "POST", body: "{}" });
  expect((await invoke(lambdaEndpoint + path)).status).toBe(200);
  expect((await invoke(new URL(path, lambdaEndpoint).href)).status).toBe(404);
  expect((await invoke(lambdaEndpoint.replace(/.$/, "x") + path)).status).toBe(404);
  expect((await invoke(`${lambdaEndpoint}/2015-03-31/functions/none/invocations`)).status).toBe(404);
});
