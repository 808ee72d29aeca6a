import type { SessionId } from "../../shared/ids.ts";
import type { Session } from "../../shared/sessions/session.ts";
import { toRfc3339 } from "../../shared/time.ts";
import { describePlatform } from "./platform.ts";

/** Makes the JSON of a session for its owner. Times are RFC 3339 in UTC. */
export const toPublicSession = (session: Session, current: SessionId) => ({
  session_id: session.sessionId,
  current: session.sessionId === current,
  transport: session.transport,
  created_at: toRfc3339(session.createdAt),
  last_seen_at: toRfc3339(session.refreshIssuedAt),
  device: {
    ...(session.device.name === undefined ? {} : { name: session.device.name }),
    platform: describePlatform(session.device.userAgent),
    user_agent: session.device.userAgent,
    ip: session.device.ip,
  },
});
