import type { IssuedTokens } from "../../../shared/sessions/issue-tokens.ts";
import type { Transport } from "../../../shared/sessions/session.ts";
import type { User } from "../../../shared/users/user.ts";
import { sessionSettings } from "../../support/session-library.ts";

/** A refresh token that a client received, the number of rotations before it, and its expiry. */
export type ModelToken = { readonly text: string; readonly generation: number; readonly expiresAt: number };

type ModelAccessToken = { readonly text: string; readonly expiresAt: number };

/** The state of the row of a session. A restore of the table brings an earlier state back. */
export type ModelRow = {
  readonly current: ModelToken;
  readonly parent: ModelToken | undefined;
  readonly rotatedAt: number;
  /** The `Idempotency-Key` that the parent was rotated with. */
  readonly rotationKey: string | undefined;
  /** Whether the last rotation was a password change, whose parent replays only with the key. */
  readonly renewed: boolean;
  /** Texts of the tokens that a password change has overtaken, and that an honest client may still present. */
  readonly overtaken: ReadonlySet<string>;
};

/** What a client of one session may do. Computed without any row of the database. */
export type ModelSession = {
  readonly userIndex: number;
  readonly transport: Transport;
  readonly absoluteExpiresAt: number;
  readonly key: Pick<IssuedTokens["session"], "userId" | "sessionId">;
  /** Every refresh token so far, in the order in which they were issued. */
  readonly tokens: ModelToken[];
  row: ModelRow;
  access: ModelAccessToken;
  /** The last access token that a password change rejected, and when. */
  outdated: (ModelAccessToken & { readonly since: number }) | undefined;
  /** How many password changes the session has made. */
  changes: number;
  revokedAt: number | undefined;
};

/** A deleted user stays deleted, and is also disabled. */
export type ModelUser = {
  readonly user: User;
  password: string;
  disabled: boolean;
  deleted: boolean;
  /** The session that set the password last. Only this session may repeat the same change. */
  changedBy: ModelSession | undefined;
};

/** The state of all users and sessions as the promises describe it. */
export type Model = { now: number; readonly users: ModelUser[]; readonly sessions: ModelSession[] };

export const currentToken = (session: ModelSession): ModelToken => session.row.current;

export const isModelAlive = (model: Model, session: ModelSession): boolean =>
  session.revokedAt === undefined &&
  model.now < session.absoluteExpiresAt &&
  model.now < currentToken(session).expiresAt;

export type Expectation = "rotated" | "replayed" | "overtaken" | "superseded" | "theft" | "over";

/** The outcome of a refresh by R2 to R10. */
export const expectRefresh = (
  model: Model,
  session: ModelSession,
  presented: ModelToken,
  key: string | undefined,
): Expectation => {
  const { row } = session;
  if (!isModelAlive(model, session)) return "over";
  const isExpired = model.now >= presented.expiresAt;
  if (presented === row.current || presented.generation > row.current.generation) return isExpired ? "over" : "rotated";

  const isOvertaken = row.overtaken.has(presented.text);
  const hasKey = key !== undefined && key === row.rotationKey;
  const windowIsOpen = isModelWindowOpen(model, session);
  if (!isOvertaken && !(presented === row.parent && (hasKey || windowIsOpen))) return "theft";
  if (isExpired) return "over";
  if (!row.renewed) return presented === row.parent ? "replayed" : "superseded";
  if (hasKey) return "replayed";
  return windowIsOpen ? "overtaken" : "superseded";
};

const isModelWindowOpen = (model: Model, { row }: ModelSession): boolean =>
  model.now - row.rotatedAt <= sessionSettings.replayWindowSeconds;

/** The service told the client of this token to retry. */
export const toldToRetry = (session: ModelSession, presented: ModelToken): void => {
  session.row = { ...session.row, overtaken: new Set([...session.row.overtaken, presented.text]) };
};

/** The client received the tokens of a response. */
export const receive = (model: Model, session: ModelSession, tokens: IssuedTokens): void => {
  session.access = { text: tokens.accessToken, expiresAt: model.now + tokens.accessTokenSeconds };
};

export const opened = (model: Model, userIndex: number, transport: Transport, tokens: IssuedTokens): ModelSession => {
  const current = { text: tokens.refreshToken, generation: 0, expiresAt: model.now + tokens.refreshTokenSeconds };
  return {
    userIndex,
    transport,
    key: { userId: tokens.session.userId, sessionId: tokens.session.sessionId },
    absoluteExpiresAt: model.now + sessionSettings.absoluteSessionSeconds,
    tokens: [current],
    row: {
      current,
      parent: undefined,
      rotatedAt: model.now,
      rotationKey: undefined,
      renewed: false,
      overtaken: new Set(),
    },
    access: { text: tokens.accessToken, expiresAt: model.now + tokens.accessTokenSeconds },
    outdated: undefined,
    changes: 0,
    revokedAt: undefined,
  };
};

/** `presented` was rotated, and the client received `tokens`. */
export const rotated = (
  model: Model,
  session: ModelSession,
  presented: ModelToken,
  tokens: IssuedTokens,
  key: string | undefined,
): void => {
  const current = {
    text: tokens.refreshToken,
    generation: presented.generation + 1,
    expiresAt: model.now + tokens.refreshTokenSeconds,
  };
  session.tokens.push(current);
  session.row = {
    ...session.row,
    current,
    parent: presented,
    rotatedAt: model.now,
    rotationKey: key,
    renewed: false,
  };
  receive(model, session, tokens);
};

/** The session changed the password and received `tokens`. */
export const renewed = (model: Model, session: ModelSession, tokens: IssuedTokens, key: string | undefined): void => {
  const { current, parent, rotationKey } = session.row;
  const hasKey = key !== undefined && key === rotationKey;
  if (parent !== undefined && (hasKey || isModelWindowOpen(model, session))) toldToRetry(session, parent);
  session.outdated = { ...session.access, since: model.now };
  session.changes += 1;
  rotated(model, session, current, tokens, key);
  session.row = { ...session.row, renewed: true };
};

export const revoke = (model: Model, session: ModelSession): void => {
  if (isModelAlive(model, session)) session.revokedAt = model.now;
};

export const revokeAll = (model: Model, userIndex: number, except?: ModelSession): void => {
  for (const session of model.sessions)
    if (session.userIndex === userIndex && session !== except) revoke(model, session);
};
