/**
 * Where a page of another application sent its visitor from (`/?return_to=…`), if it is on this very host: what could be
 * there gets our cookies anyway, while any other address would let a stranger's link lead from our sign-in to theirs.
 */
export const returnAddress = (location: Location): string | undefined => {
  const given = new URLSearchParams(location.search).get("return_to");
  if (given === null || !URL.canParse(given, location.origin)) return undefined;
  const { href, protocol, hostname } = new URL(given, location.origin);
  return protocol === location.protocol && hostname === location.hostname ? href : undefined;
};
