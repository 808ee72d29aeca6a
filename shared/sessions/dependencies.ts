import type { Audit } from "../audit/audit.ts";
import type { IdSource } from "../ids.ts";
import type { KeyRingReader } from "../keys/key-sources.ts";
import type { Clock } from "../time.ts";
import type { AccessTokenSettings } from "../tokens/access-token.ts";
import type { UserStore } from "../users/user-store.ts";
import type { SessionSettings } from "./session.ts";
import type { SessionStore } from "./session-store.ts";

/**
 * The stores, the keys, the clock and the settings that the operations on sessions and accounts work with. Each operation picks
 * the members that it uses, so that a test passes only those.
 */
export type SessionDependencies = {
  readonly sessions: SessionStore;
  readonly users: UserStore;
  readonly keyRing: KeyRingReader;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly audit: Audit;
  readonly tokens: AccessTokenSettings;
  readonly settings: SessionSettings;
};
