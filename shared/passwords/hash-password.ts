import { genSalt } from "bcryptjs";
import { type Bcrypt, bcryptjs, DEFAULT_COST } from "./bcrypt.ts";
import { formatLk1Digest, lk1Input } from "./password-digest.ts";

/** The secrets of password digests. A `KeyRing` has these members. */
export type PasswordSecrets = {
  /** The key of the HMAC in every new digest. Without the root secret, passwords cannot be guessed from a stolen table. */
  readonly rootSecret: string;
  /** `config.pepper` of the Devise installation that made the imported digests. Empty means no pepper, as in Devise. */
  readonly devisePepper?: string | undefined;
};

/** The cost and the implementation of bcrypt. Tests pass a lower cost and count the rounds. */
export type PasswordWork = {
  /** The bcrypt cost, 4 to 14. @default 12 */
  readonly cost?: number;
  /** @default bcryptjs */
  readonly bcrypt?: Bcrypt;
};

/**
 * Computes the digest to store for a password that `checkNewPassword` accepted. Takes about 0.3 s at cost 12.
 * @example await hashPassword("seven quiet herons", ring) // "$lk1$…"
 */
export const hashPassword = async (
  password: string,
  { rootSecret }: PasswordSecrets,
  { cost = DEFAULT_COST, bcrypt = bcryptjs }: PasswordWork = {},
): Promise<string> => formatLk1Digest(rootSecret, await bcrypt(lk1Input(rootSecret, password), await genSalt(cost)));
