import { ApiError } from "../client/index.ts";
import { fromNow } from "./time.ts";

/** An error message for the user. */
export const explain = (error: unknown): string => {
  if (!(error instanceof ApiError)) return "Something went wrong on this page. Reload it and try again.";
  switch (error.code) {
    case "network_error":
      return "The service cannot be reached. Check your connection and try again.";
    case "invalid_token":
      return "You are signed out. Reload this page to sign in.";
    case "too_many_requests":
      return `Too many tries. Try again ${fromNow(error.retryAfterSeconds ?? 60)}.`;
    case "account_exists":
      return "There is an account with this e-mail address already. Sign in instead.";
    case "temporarily_unavailable":
    case "internal_error":
    case "unexpected_response":
      return "The service has a problem right now. Try again in a minute.";
    default:
      return error.message;
  }
};
