import { genSalt } from "bcryptjs";
import { type Bcrypt, bcryptjs, DEFAULT_COST } from "./bcrypt.ts";
import { formatLk1Digest, lk1Input } from "./password-digest.ts";

/** A key ring satisfies it. */
export type PasswordSecrets = {
  /** Keys the HMAC under every new digest: a stolen table without it cannot be guessed at. */
  readonly rootSecret: string;
  /** `config.pepper` of the Devise that the imported digests come from; empty means none, as in Devise. */
  readonly devisePepper?: string | undefined;
};

/** How to compute; for tests, which count the rounds and cannot wait for twelve. */
export type PasswordWork = {
  /** bcrypt cost, 4 to 14. @default 12 */
  readonly cost?: number;
  /** @default bcryptjs */
  readonly bcrypt?: Bcrypt;
};

/** The digest to store for a password that `checkPasswordPolicy` accepted. Some 0.3 s of computing at cost 12. */
export const hashPassword = async (
  password: string,
  { rootSecret }: PasswordSecrets,
  { cost = DEFAULT_COST, bcrypt = bcryptjs }: PasswordWork = {},
): Promise<string> => formatLk1Digest(rootSecret, await bcrypt(lk1Input(rootSecret, password), await genSalt(cost)));
