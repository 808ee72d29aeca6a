import { ageSeconds, type Moment, type MomentClock } from "../age.ts";
import type { Audit, Caller } from "../audit/audit.ts";
import type { SessionId } from "../ids.ts";
import { toNetwork } from "./network-address.ts";
import { throttled } from "./throttled.ts";
import type { WindowLimit } from "./window-counter.ts";

/**
 * Runs a refresh, unless its network address has reached the limit.
 * @param sessionId the session of the refresh token after its verification. @default the token is not genuine
 * @throws LatchkeyError `too_many_requests`
 */
export type RefreshThrottle = <Result extends { readonly outcome: string }>(
  caller: Caller,
  refresh: () => Promise<Result>,
  sessionId?: SessionId,
) => Promise<Result>;

/** With this number of network addresses or sessions in memory, a new window begins. So the memory is bounded. */
const MAX_ADDRESSES = 10_000;

/**
 * Creates the throttle of refreshes. A network address whose refreshes were rejected `max` times within a window is rejected
 * until the window ends. Refreshes that succeed are not counted.
 *
 * A session whose refresh was not rejected within the window gets through, whatever the count of its address. Its retry may have to
 * come within the replay window, and other clients of the same address must not turn the retry into a theft (R10).
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
  let rejectedSessions = new Set<SessionId>();

  return async (caller, refresh, sessionId) => {
    const now = moment();
    let age = windowStart === undefined ? Infinity : ageSeconds(windowStart, now);
    if (age >= windowSeconds || Math.max(rejections.size, rejectedSessions.size) >= MAX_ADDRESSES) {
      windowStart = now;
      age = 0;
      rejections = new Map();
      rejectedSessions = new Set();
    }
    const network = toNetwork(caller.ip);
    const mayBeRetry = sessionId !== undefined && !rejectedSessions.has(sessionId);
    if ((rejections.get(network) ?? 0) >= max && !mayBeRetry) {
      const retryAfterSeconds = Math.ceil(windowSeconds - age);
      throw throttled({ route: "refresh", limit: "address", retryAfterSeconds }, caller, audit);
    }
    const result = await refresh();
    if (result.outcome === "rejected") {
      rejections.set(network, (rejections.get(network) ?? 0) + 1);
      if (sessionId !== undefined) rejectedSessions.add(sessionId);
    }
    return result;
  };
};
