import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import * as z from "zod/mini";
import { systemMoment } from "../age.ts";
import { cachedRead } from "../keys/cached-read.ts";
import { createSecretsClient } from "./aws-clients.ts";
import { env, readEnvironment } from "./environment.ts";

/** A replaced secret is known after the first figure; while Secrets Manager cannot be read an old one serves for a day. */
const AGE = { refreshAfterSeconds: 300, failAfterSeconds: 86_400, coolDownSeconds: 10 } as const;

/** The secret by which the CDN proves itself, read when it is first needed; undefined where the stack has no CDN. */
export const originSecretFromEnvironment = (): (() => Promise<string>) | undefined => {
  const { ORIGIN_SECRET_ID: SecretId } = readEnvironment({ ORIGIN_SECRET_ID: z.optional(env.text) });
  if (SecretId === undefined) return undefined;
  const client = createSecretsClient();
  const read = async (): Promise<string> => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
    if (!SecretString) throw new Error("The origin secret holds no text");
    return SecretString;
  };
  return cachedRead(read, { moment: systemMoment, ...AGE }).get;
};
