/** What a setting may be. `allowed` completes the sentence "allowed: …"; `parse` answers undefined for anything else. */
export type Kind<Value> = {
  readonly allowed: string;
  readonly parse: (given: unknown) => Value | undefined;
};

export const choice = <const Word extends string>(...words: readonly Word[]): Kind<Word> => ({
  allowed: words.join(" or "),
  parse: (given) => words.find((word) => word === given),
});

/** A whole number, also when the command line gives its digits as text. */
export const whole = (unit: string, min: number, max: number): Kind<number> => ({
  allowed: `a whole number of ${unit} from ${min} to ${max}`,
  parse: (given) => {
    const number = typeof given === "string" && /^\d{1,9}$/.test(given) ? Number(given) : given;
    return typeof number === "number" && Number.isInteger(number) && number >= min && number <= max
      ? number
      : undefined;
  },
});

/** A text that matches the pattern. Never one with a lone surrogate: it has no UTF-8 form, and would be stored as another. */
export const text = (pattern: RegExp, allowed: string): Kind<string> => ({
  allowed,
  parse: (given) => (typeof given === "string" && given.isWellFormed() && pattern.test(given) ? given : undefined),
});

/** A JSON array (cdk.json), or words separated by commas or spaces (command line), none of them twice. */
export const list = <Item>(item: Kind<Item>, min: 0 | 1): Kind<readonly Item[]> => ({
  allowed: `${min === 0 ? "any number of" : "one or more of"}: ${item.allowed}; separated by commas or spaces`,
  parse: (given) => {
    const words = typeof given === "string" ? given.split(/[\s,]+/).filter((word) => word !== "") : given;
    if (!Array.isArray(words)) return undefined;
    const items = words.map((word) => item.parse(word)).filter((parsed) => parsed !== undefined);
    const complete = items.length === words.length && new Set(items).size === items.length;
    return complete && items.length >= min ? items : undefined;
  },
});

/** An OpenID issuer: a URL that is written as it will be compared, byte by byte (RFC 8414 2, checklist K5). */
export const issuerUrl: Kind<string> = {
  allowed:
    "an https:// URL of at most 200 characters without trailing slash, query or fragment (http:// for localhost)",
  parse: (given) => {
    const url = secureUrl(given);
    if (url === undefined || url.href.length > 200) return undefined;
    return given === `${url.origin}${url.pathname}`.replace(/\/$/, "") ? given : undefined;
  },
};

/** An origin as browsers send it (RFC 6454 6.2), so that the comparison can be exact. */
export const origin: Kind<string> = {
  allowed:
    "an exact origin such as https://app.example.com, without path and without * (http:// for localhost), or that of an app such as capacitor://localhost or http://tauri.localhost",
  parse: (given) => {
    if (isAppOrigin(given)) return given;
    const url = secureUrl(given);
    // Origins are copied between quotes into mapping templates, where a host may not carry one.
    return url !== undefined && given === url.origin && !/['"$\\]/.test(given) ? given : undefined;
  },
};

/** Schemes of browsers themselves. `file:` and `data:` have no origin, and `ws:` is no origin of a page. */
const BROWSER_SCHEMES = /^(?:about|blob|data|file|filesystem|ftp|https?|javascript|view-source|wss?):/;

/**
 * Whether it is the origin of an app: a scheme of its own (`capacitor://localhost`, `tauri://localhost`, `ionic://localhost`,
 * `chrome-extension://<id>`, `moz-extension://<uuid>`), or a host below `localhost`, where Tauri serves apps on Windows and
 * Android.
 */
const isAppOrigin = (given: unknown): given is string =>
  typeof given === "string" &&
  given.length <= 200 &&
  (/^http:\/\/(?:[a-z0-9-]+\.)+localhost(?::\d{1,5})?$/.test(given) ||
    (/^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._-]+(?::\d{1,5})?$/.test(given) && !BROWSER_SCHEMES.test(given)));

/** Request headers that the API reads, and that preflight responses always allow. */
export const API_REQUEST_HEADERS = ["Authorization", "Content-Type", "Idempotency-Key", "X-CSRF-Token"] as const;

/** Names that browsers set alone (Fetch standard, "forbidden request-header"), or that say where a request comes from. */
const RESERVED_HEADERS =
  /^(?:cookie2?|origin|host|referer|via|forwarded|date|te|upgrade|(?:proxy|sec|access-control|x-forwarded|x-latchkey|x-amzn?|cloudfront)-.*|set-cookie.*)$/i;

/** The name of a request header (RFC 9110 5.1) that decides nothing in the API. In lower case, as browsers send it. */
export const requestHeader: Kind<string> = {
  allowed:
    "the name of a request header such as traceparent: letters, digits, - and _, none that the API reads or that browsers and proxies set",
  parse: (given) => {
    if (typeof given !== "string" || !/^[A-Za-z0-9_-]{1,64}$/.test(given)) return undefined;
    const name = given.toLowerCase();
    const isKnown = API_REQUEST_HEADERS.some((known) => known.toLowerCase() === name);
    return isKnown || RESERVED_HEADERS.test(name) ? undefined : name;
  },
};

/** TLS everywhere but on the developer's own machine (I1). */
export const secureUrl = (given: unknown): URL | undefined => {
  if (typeof given !== "string" || !URL.canParse(given) || given.includes("*")) return undefined;
  const url = new URL(given);
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && local) ? url : undefined;
};
