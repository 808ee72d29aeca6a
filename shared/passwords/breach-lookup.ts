import { createHash } from "node:crypto";
import { within } from "../deadline.ts";
import { normalizePassword } from "./normalize-password.ts";

export type BreachLookupOptions = {
  /** A range API, to which five hexadecimal digits are appended: `https://api.pwnedpasswords.com/range/`. */
  readonly url: string;
  /** A registration must not wait for somebody else's service longer than for its own hash. @default 1000 */
  readonly timeoutMs?: number;
  /** Told of every lookup that failed. */
  readonly onFailure: (error: unknown) => void;
};

/** Whether a password is known to have been in a breach. */
export type BreachLookup = (password: string) => Promise<boolean>;

/**
 * Asks a range API for breached passwords (haveibeenpwned.com/API/v3#PwnedPasswords). It learns the first 20 bits of the
 * SHA-1 of the normalized password, which a million passwords share, and sends all that begin with them; padding hides how many. Where it
 * cannot be asked, nothing is known to be breached: nobody is kept from registering by an outage elsewhere.
 */
export const createBreachLookup =
  ({ url, timeoutMs = 1000, onFailure }: BreachLookupOptions): BreachLookup =>
  async (password) => {
    const digest = createHash("sha1").update(normalizePassword(password)).digest("hex").toUpperCase();
    try {
      const range = await within(timeoutMs, async (signal) => {
        const response = await fetch(`${url}${digest.slice(0, 5)}`, {
          headers: { "Add-Padding": "true", "User-Agent": "latchkey" },
          redirect: "error",
          signal,
        });
        if (!response.ok) throw new Error(`HTTP ${response.status}`);
        return response.text();
      });
      return isIn(range, digest.slice(5));
    } catch (error) {
      onFailure(error);
      return false;
    }
  };

/** Lines of `<35 digits>:<how often>`; a padding line says 0. */
const isIn = (range: string, suffix: string): boolean =>
  range.split(/\r?\n/).some((line) => line.toUpperCase().startsWith(`${suffix}:`) && !line.endsWith(":0"));
