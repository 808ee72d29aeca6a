import type { IssuedTokens } from "../sessions/issue-tokens.ts";
import { toPublicUser } from "../users/user.ts";
import type { HttpAnswer } from "./answer.ts";

/** The answer to login and refresh (RFC 6749 5.1, with the session and the user beside the tokens). */
export const toTokenAnswer = (tokens: IssuedTokens): HttpAnswer => ({
  status: 200,
  body: {
    access_token: tokens.accessToken,
    token_type: "Bearer",
    expires_in: tokens.accessTokenSeconds,
    refresh_token: tokens.refreshToken,
    refresh_expires_in: tokens.refreshTokenSeconds,
    session_id: tokens.session.sessionId,
    user: toPublicUser(tokens.user),
  },
});
