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
  allowed: "an exact origin such as https://app.example.com, without path and without * (http:// for localhost)",
  parse: (given) => {
    const url = secureUrl(given);
    // Origins are copied between quotes into mapping templates, where a host may not carry one.
    return url !== undefined && given === url.origin && !/['"$\\]/.test(given) ? given : undefined;
  },
};

/** TLS everywhere but on the developer's own machine (I1). */
export const secureUrl = (given: unknown): URL | undefined => {
  if (typeof given !== "string" || !URL.canParse(given) || given.includes("*")) return undefined;
  const url = new URL(given);
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && local) ? url : undefined;
};
