import { createHash } from "node:crypto";
import { within } from "../deadline.ts";
import { normalizePassword } from "./normalize-password.ts";

/** Options of `createBreachLookup`. */
export type BreachLookupOptions = {
  /** The URL of a range API, to which five hexadecimal digits are appended. @example "https://api.pwnedpasswords.com/range/" */
  readonly url: string;
  /** Milliseconds. A registration waits for the breach service not much longer than for its own password hash. @default 1000 */
  readonly timeoutMs?: number;
  /** Called for every lookup that failed. */
  readonly onFailure: (error: unknown) => void;
};

/** Whether a password is known to have been in a data breach. Never throws: false if the breach service does not respond. */
export type BreachLookup = (password: string) => Promise<boolean>;

/**
 * Creates a lookup of breached passwords at a range API (https://haveibeenpwned.com/API/v3#PwnedPasswords). The request
 * contains the first 20 bits of the SHA-1 of the normalized password, which a million passwords share. The response lists all known hashes that
 * begin with these bits. Padding hides how many there are. One request for each lookup.
 *
 * If the breach service does not respond in time, the password is accepted. An outage elsewhere must not block registration.
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

/** Each line is `<35 hexadecimal digits>:<count>`. The count of a padding line is 0. */
const isIn = (range: string, suffix: string): boolean =>
  range.split(/\r?\n/).some((line) => line.toUpperCase().startsWith(`${suffix}:`) && !line.endsWith(":0"));
