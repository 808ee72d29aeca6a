import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { isEmptyKeyRing, type KeyRing, parseKeyRing } from "../../../shared/keys/key-ring.ts";

const Kept = z.record(
  z.string(),
  z.object({ versions: z.record(z.string(), z.object({ secretString: z.string(), stages: z.array(z.string()) })) }),
);

/** The file of the secrets, below the folder of `--data`. */
export const secretsFile = (dataDirectory: string): string => join(dataDirectory, "secrets.json");

/** Reads the private keys of a service from its data folder. @throws Error if the folder has no key ring */
export const keyRingIn = (dataDirectory: string): KeyRing => {
  const secrets = Kept.parse(JSON.parse(readFileSync(secretsFile(dataDirectory), "utf8")));
  for (const { versions } of Object.values(secrets)) {
    for (const { secretString, stages } of Object.values(versions)) {
      if (!stages.includes("AWSCURRENT") || !secretString.includes('"rootSecret"')) continue;
      const ring = parseKeyRing(secretString);
      if (!isEmptyKeyRing(ring)) return ring;
    }
  }
  throw new Error("The folder has no key ring");
};
