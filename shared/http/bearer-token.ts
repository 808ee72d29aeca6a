/** The token of a Bearer credential (RFC 6750 2.1): one header, the scheme in any case, one token (A5). */
export const bearerToken = (authorization: readonly string[]): string | undefined => {
  const [value, ...others] = authorization;
  if (value === undefined || others.length > 0) return undefined;
  return /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(value)?.[1];
};
