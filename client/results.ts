import { networkError, parseBody, readErrorResponse } from "./errors.ts";
import { readMember } from "./json.ts";
import { receiveSession, type StoredSession } from "./stored-session.ts";

/** The response, if its status is 2xx. @throws ApiError otherwise */
export const requireSuccess = async (pending: Promise<Response>): Promise<Response> => {
  const response = await pending.catch((error) => {
    // If no response arrives, `fetch` throws a TypeError (Fetch standard 5.6). Other errors have other causes.
    throw error instanceof TypeError ? networkError(error) : error;
  });
  if (!response.ok) throw await readErrorResponse(response);
  return response;
};

/**
 * A member of the response body. The type is not checked: the caller chose the service, and trusts its responses.
 * @throws ApiError if the member is missing
 */
export const readResult = async <Value>(response: Response, name: string): Promise<Value> => {
  const value = readMember(await parseBody(response), name);
  if (value === undefined) throw await readErrorResponse(response);
  return value as Value;
};

/** The session in the response. @throws ApiError if the response holds no session */
export const requireSession = async (response: Response): Promise<StoredSession> => {
  const session = receiveSession(await parseBody(response));
  if (session === undefined) throw await readErrorResponse(response);
  return session;
};
