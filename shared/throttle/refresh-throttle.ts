import { ageSeconds, type Moment, type MomentClock } from "../age.ts";
import type { Audit, Caller } from "../audit/audit.ts";
import type { SessionId } from "../ids.ts";
import { toNetwork } from "./network-address.ts";
import type { WindowLimit } from "./throttle-store.ts";
import { throttled } from "./throttled.ts";

/** @param sessionId of the refresh token after its verification. @default the token is not genuine */
export type RefreshThrottle = <Result extends { readonly outcome: string }>(
  caller: Caller,
  refresh: () => Promise<Result>,
  sessionId?: SessionId,
) => Promise<Result>;

/** Addresses, and sessions, that one instance keeps count of; past it the window begins anew, so memory is bounded. */
const MAX_ADDRESSES = 10_000;

/**
 * Runs a refresh, unless its network address was refused too often within the window. The count is this instance's own and
 * costs no call, because refresh tokens cannot be guessed: this only keeps a client that went mad, or one that plays with
 * tokens that are over, from costing reads and writes. Refreshes that succeed are not counted.
 *
 * A session whose refresh was not refused within the window is let through whatever the count of its address: its retry may
 * have to come within the replay window, and others of its address must not make a theft of it (R10).
 *
 * See docs/decisions/0016.
 *
 * @throws (the throttle) LatchkeyError `too_many_requests`
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
