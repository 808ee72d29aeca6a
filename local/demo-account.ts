/** An account for a first login. The password is not a secret, because the service listens on this machine only. */
export const DEMO_ACCOUNT = { email: "demo@example.com", password: "quiet-harbour-lantern" } as const;

/**
 * Registers the demo account through the API.
 * @param url of the service, without trailing slash
 * @returns true if the account exists. Returns false if, for example, a setting closes the registration
 */
export const registerDemoAccount = async (url: string): Promise<boolean> => {
  const response = await fetch(`${url}/auth/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(DEMO_ACCOUNT),
    signal: AbortSignal.timeout(60_000),
  });
  await response.body?.cancel();
  return response.status === 201 || response.status === 409;
};
