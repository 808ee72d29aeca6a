/** An account. The members have the names of the service's JSON. */
export type User = {
  readonly id: string;
  readonly email: string;
  readonly name?: string;
  readonly roles: readonly string[];
  /** RFC 3339. */
  readonly created_at: string;
};

/** A session of the account. The members have the names of the service's JSON. Times are RFC 3339. */
export type SessionInfo = {
  readonly session_id: string;
  /** Whether this is the session of the caller. */
  readonly current: boolean;
  readonly transport: "bearer" | "cookie";
  readonly created_at: string;
  readonly last_seen_at: string;
  readonly device: {
    /** The `deviceName` of the login. */
    readonly name?: string;
    /** `Firefox on Windows`. The service reads the platform from the user agent. */
    readonly platform: string;
    readonly user_agent: string;
    readonly ip: string;
  };
};
