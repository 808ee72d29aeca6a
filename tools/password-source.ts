import { dictionary } from "@zxcvbn-ts/language-common";
import { MIN_LISTED_LENGTH } from "../shared/passwords/listed-passwords.ts";

/** What can be a password by itself under the lowest minimum (P1). Code points. */
const MIN_PASSWORD_LENGTH = 8;

/** Shorter ones matter as parts of longer ones, and rare ones are not what people put together. */
const COMMONEST = 10_000;

/** The passwords that the filter in `shared/passwords` knows, the commonest first. */
export const passwordSource = (): readonly string[] =>
  dictionary["passwords-common"].filter(
    (password, rank) => [...password].length >= (rank < COMMONEST ? MIN_LISTED_LENGTH : MIN_PASSWORD_LENGTH),
  );
