import { ageSeconds, type Moment, type MomentClock } from "../age.ts";
import type { Audit, Caller } from "../audit/audit.ts";
import { toNetwork } from "./network-address.ts";
import { throttled } from "./throttled.ts";
import type { WindowLimit } from "./window-counter.ts";

/** Runs a refresh, unless its network address has reached the limit. @throws LatchkeyError `too_many_requests` */
export type RefreshThrottle = <Result extends { readonly outcome: string }>(
  caller: Caller,
  refresh: () => Promise<Result>,
) => Promise<Result>;

/** With this number of network addresses in memory, a new window begins. So the memory is bounded. */
const MAX_ADDRESSES = 10_000;

/**
 * Creates the throttle of refreshes. A network address whose refreshes were rejected `max` times within a window is rejected
 * until the window is over. Refreshes that succeed are not counted.
 *
 * Each execution environment counts for itself, in memory, so a count costs no call. An exact count is not necessary, because
 * nobody can guess a refresh token. The limit only saves the reads and writes of a client that repeats rejected tokens
 * (docs/decisions/0016).
 */
export const createRefreshThrottle = (
  { max, windowSeconds }: WindowLimit,
  { moment, audit }: { readonly moment: MomentClock; readonly audit: Audit },
): RefreshThrottle => {
  let windowStart: Moment | undefined;
  let rejections = new Map<string, number>();

  return async (caller, refresh) => {
    const now = moment();
    let age = windowStart === undefined ? Infinity : ageSeconds(windowStart, now);
    if (age >= windowSeconds || rejections.size >= MAX_ADDRESSES) {
      windowStart = now;
      age = 0;
      rejections = new Map();
    }
    const network = toNetwork(caller.ip);
    if ((rejections.get(network) ?? 0) >= max) {
      const retryAfterSeconds = Math.ceil(windowSeconds - age);
      throw throttled({ route: "refresh", limit: "address", retryAfterSeconds }, caller, audit);
    }
    const result = await refresh();
    if (result.outcome === "rejected") rejections.set(network, (rejections.get(network) ?? 0) + 1);
    return result;
  };
};
