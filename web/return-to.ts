/**
 * The address that another application asks to open after the sign-in (`/?return_to=…`). Undefined if the address has another scheme or
 * another host: a link from an attacker must not lead from the sign-in page to the attacker's site. Other ports of this host are
 * allowed, because the browser sends the cookies to them too.
 */
export const readReturnAddress = (location: Location): string | undefined => {
  const given = new URLSearchParams(location.search).get("return_to");
  if (given === null || !URL.canParse(given, location.origin)) return undefined;
  const { href, protocol, hostname } = new URL(given, location.origin);
  return protocol === location.protocol && hostname === location.hostname ? href : undefined;
};
