import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import * as z from "zod/mini";
import { systemMoment } from "../age.ts";
import { cachedRead } from "../keys/cached-read.ts";
import { createSecretsClient } from "./aws-clients.ts";
import { env, readEnvironment } from "./environment.ts";

/** A function reads a replaced secret after 300 s. If Secrets Manager cannot be read, the old secret is used for up to a day. */
const AGE = { refreshAfterSeconds: 300, failAfterSeconds: 86_400, coolDownSeconds: 10 } as const;

/**
 * Creates a reader of the secret that the CDN sends with every request. The secret is read at the first request.
 * @returns undefined if the stack has no CDN
 * @throws Error that names the variable, if it is malformed. The reader throws the SDK's error, or Error if the secret has no
 * text
 */
export const originSecretFromEnvironment = (): (() => Promise<string>) | undefined => {
  const { ORIGIN_SECRET_ID: SecretId } = readEnvironment({ ORIGIN_SECRET_ID: z.optional(env.text) });
  if (SecretId === undefined) return undefined;
  const client = createSecretsClient();
  const read = async (): Promise<string> => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
    if (!SecretString) throw new Error("The origin secret has no text");
    return SecretString;
  };
  return cachedRead(read, { moment: systemMoment, ...AGE }).get;
};
