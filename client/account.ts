/** An account, with members named as on the wire. */
export type User = {
  readonly id: string;
  readonly email: string;
  readonly name?: string;
  readonly roles: readonly string[];
  /** RFC 3339. */
  readonly created_at: string;
};

/** A session, with members named as on the wire. Times are RFC 3339. */
export type SessionInfo = {
  readonly session_id: string;
  /** The caller's own. */
  readonly current: boolean;
  readonly transport: "bearer" | "cookie";
  readonly created_at: string;
  readonly last_seen_at: string;
  readonly device: {
    /** What the app called itself at login. */
    readonly name?: string;
    /** `Firefox on Windows`, read from the user agent. */
    readonly platform: string;
    readonly user_agent: string;
    readonly ip: string;
  };
};
