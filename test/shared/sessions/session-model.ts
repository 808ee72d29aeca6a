import type { IssuedTokens } from "../../../shared/sessions/issue-tokens.ts";
import type { Transport } from "../../../shared/sessions/session.ts";
import type { User } from "../../../shared/users/user.ts";
import { sessionSettings } from "../../support/session-library.ts";

/** A refresh token a client was given, and until when it counts. */
type ModelToken = { readonly text: string; readonly expiresAt: number };

/** What a client of one session may do, kept without looking at any row. */
export type ModelSession = {
  readonly userIndex: number;
  readonly transport: Transport;
  readonly absoluteExpiresAt: number;
  readonly key: Pick<IssuedTokens["session"], "userId" | "sessionId">;
  /** Every refresh token so far; the last is current, the one before its parent. */
  readonly tokens: ModelToken[];
  accessToken: string;
  accessExpiresAt: number;
  rotatedAt: number;
  /** The `Idempotency-Key` that the parent was rotated with. */
  rotationKey: string | undefined;
  /** Whether the last rotation was a password change, for whose parent only the key vouches. */
  renewed: boolean;
  revokedAt: number | undefined;
};

/** `deleted` for good, and disabled then. */
export type ModelUser = {
  readonly user: User;
  password: string;
  disabled: boolean;
  deleted: boolean;
  /** The session that set the password last: it alone may ask for the same change again. */
  changedBy: ModelSession | undefined;
};

/** The world as the promises describe it. */
export type Model = { now: number; readonly users: ModelUser[]; readonly sessions: ModelSession[] };

export const currentToken = (session: ModelSession): ModelToken => {
  const token = session.tokens.at(-1);
  if (token === undefined) throw new Error("A session without tokens");
  return token;
};

export const isModelAlive = (model: Model, session: ModelSession): boolean =>
  session.revokedAt === undefined &&
  model.now < session.absoluteExpiresAt &&
  model.now < currentToken(session).expiresAt;

export type Expectation = "rotated" | "replayed" | "overtaken" | "theft" | "over";

/** What R2 to R7 say of presenting the token `back` steps behind the current one. */
export const expectRefresh = (
  model: Model,
  session: ModelSession,
  back: number,
  key: string | undefined,
): Expectation => {
  if (!isModelAlive(model, session)) return "over";
  if (back === 0) return "rotated";
  const presented = session.tokens.at(-1 - back);
  const replayable = back === 1 && presented !== undefined && model.now < presented.expiresAt;
  if (!replayable) return "theft";
  if (key !== undefined && key === session.rotationKey) return "replayed";
  if (model.now - session.rotatedAt > sessionSettings.replayWindowSeconds) return "theft";
  return session.renewed ? "overtaken" : "replayed";
};

/** What the tokens of an answer say of the session from now on. */
export const receive = (model: Model, session: ModelSession, tokens: IssuedTokens): void => {
  session.accessToken = tokens.accessToken;
  session.accessExpiresAt = model.now + tokens.accessTokenSeconds;
};

export const opened = (model: Model, userIndex: number, transport: Transport, tokens: IssuedTokens): ModelSession => ({
  userIndex,
  transport,
  key: { userId: tokens.session.userId, sessionId: tokens.session.sessionId },
  absoluteExpiresAt: model.now + sessionSettings.absoluteSessionSeconds,
  tokens: [{ text: tokens.refreshToken, expiresAt: model.now + tokens.refreshTokenSeconds }],
  accessToken: tokens.accessToken,
  accessExpiresAt: model.now + tokens.accessTokenSeconds,
  rotatedAt: model.now,
  rotationKey: undefined,
  renewed: false,
  revokedAt: undefined,
});

export const rotated = (
  model: Model,
  session: ModelSession,
  tokens: IssuedTokens,
  key: string | undefined,
  renewed = false,
): void => {
  session.renewed = renewed;
  session.tokens.push({ text: tokens.refreshToken, expiresAt: model.now + tokens.refreshTokenSeconds });
  session.rotatedAt = model.now;
  session.rotationKey = key;
  receive(model, session, tokens);
};

export const end = (model: Model, session: ModelSession): void => {
  if (isModelAlive(model, session)) session.revokedAt = model.now;
};

export const endAll = (model: Model, userIndex: number, except?: ModelSession): void => {
  for (const session of model.sessions) if (session.userIndex === userIndex && session !== except) end(model, session);
};
