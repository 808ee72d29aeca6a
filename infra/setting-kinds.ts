import * as z from "zod";
import { API_REQUEST_HEADERS } from "../shared/contract/request-headers.ts";

/**
 * Gives a schema exactly one error, whatever is wrong with the value: the text that completes the sentence "allowed: …". The text is
 * also the `description` of the schema.
 */
export const allowing = <Output>(allowed: string, schema: z.ZodType<Output>): z.ZodType<Output> =>
  z
    .unknown()
    .transform((given, context): Output => {
      const { success, data } = schema.safeParse(given);
      if (success) return data;
      context.addIssue(allowed);
      return z.NEVER;
    })
    .describe(allowed);

/** One of the words. */
export const choice = <const Words extends readonly string[]>(words: Words): z.ZodType<Words[number]> =>
  allowing(words.join(" or "), z.literal([...words]));

/** A whole number. The command line gives its digits as text. */
export const whole = (unit: string, min: number, max: number): z.ZodType<number> =>
  allowing(
    `a whole number of ${unit} from ${min} to ${max}`,
    z.preprocess(
      (given) => (typeof given === "string" && /^\d{1,9}$/.test(given) ? Number(given) : given),
      z.int().min(min).max(max),
    ),
  );

/**
 * A text that matches the pattern. A text with a lone surrogate is not accepted: it has no UTF-8 form, so another text would be
 * stored.
 */
export const text = (pattern: RegExp, allowed: string): z.ZodType<string> =>
  allowing(
    allowed,
    z
      .string()
      .regex(pattern)
      .refine((given) => given.isWellFormed()),
  );

/** A list without duplicates: a JSON array (cdk.json), or words separated by commas or spaces (command line). */
export const list = <Item>(item: z.ZodType<Item>, min: 0 | 1): z.ZodType<readonly Item[]> =>
  allowing(
    `${min === 0 ? "any number of" : "one or more of"}: ${item.description}; separated by commas or spaces`,
    z.preprocess(
      (given) => (typeof given === "string" ? given.split(/[\s,]+/).filter((word) => word !== "") : given),
      z
        .array(item)
        .min(min)
        .refine((items) => new Set(items).size === items.length),
    ),
  );

/** A URL with TLS. The developer's own machine may be without (I1). */
const secureUrl = z
  .string()
  .refine((given) => URL.canParse(given) && !given.includes("*"))
  .transform((given) => ({ given, url: new URL(given) }))
  .refine(({ url }) => {
    const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
    return url.protocol === "https:" || (url.protocol === "http:" && isLocal);
  });

/** A URL with TLS that fulfils a condition, as it was given. */
const secureUrlThat = (isAllowed: (given: string, url: URL) => boolean) =>
  secureUrl.refine(({ given, url }) => isAllowed(given, url)).transform(({ given }) => given);

/** An OpenID issuer. It is written as verifiers will compare it, byte by byte (RFC 8414 2; K5). */
export const issuerUrl = allowing(
  "an https:// URL of at most 200 characters without trailing slash, query or fragment (http:// for localhost)",
  secureUrlThat((given, url) => url.href.length <= 200 && given === `${url.origin}${url.pathname}`.replace(/\/$/, "")),
);

/** The address of a range API, to which five hexadecimal digits are appended. */
export const rangeUrl = allowing(
  "an https:// URL that ends with a slash or = (http:// for localhost)",
  secureUrlThat((given) => /[/=]$/.test(given)),
);

/** Schemes of browsers themselves. `file:` and `data:` have no origin, and `ws:` is never the origin of a page. */
const BROWSER_SCHEMES = /^(?:about|blob|data|file|filesystem|ftp|https?|javascript|view-source|wss?):/;

/**
 * The origin of an app: its own scheme (`capacitor://localhost`, `tauri://localhost`, `ionic://localhost`,
 * `chrome-extension://<id>`, `moz-extension://<uuid>`), or a host below `localhost`, where Tauri serves apps on Windows and
 * Android.
 */
const appOrigin = z
  .string()
  .max(200)
  .refine(
    (given) =>
      /^http:\/\/(?:[a-z0-9-]+\.)+localhost(?::\d{1,5})?$/.test(given) ||
      (/^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._-]+(?::\d{1,5})?$/.test(given) && !BROWSER_SCHEMES.test(given)),
  );

/** An origin as browsers send it (RFC 6454 6.2). Functions compare it exactly. */
export const origin = allowing(
  "an exact origin such as https://app.example.com, without path and without * (http:// for localhost), or that of an app such as capacitor://localhost or http://tauri.localhost",
  // Mapping templates of API Gateway have the origin between quotes, so the host must not contain any.
  z.union([appOrigin, secureUrlThat((given, url) => given === url.origin && !/['"$\\]/.test(given))]),
);

/** Names that only browsers set (Fetch standard, "forbidden request-header"), or that say where a request comes from. */
const RESERVED_HEADERS =
  /^(?:cookie2?|origin|host|referer|via|forwarded|date|te|upgrade|(?:proxy|sec|access-control|x-forwarded|x-latchkey|x-amzn?|cloudfront)-.*|set-cookie.*)$/;

/** The name of a request header that the API ignores (RFC 9110 5.1). In lower case, as browsers send it. */
export const requestHeader = allowing(
  "the name of a request header such as traceparent: letters, digits, - and _, none that the API reads or that browsers and proxies set",
  z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .toLowerCase()
    .refine((name) => !API_REQUEST_HEADERS.some((known) => known.toLowerCase() === name))
    .refine((name) => !RESERVED_HEADERS.test(name)),
);

/** A host name as browsers send it in `Host` and `Origin`. Functions compare it exactly. */
export const hostName = text(
  /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/,
  "a host name in lower case such as account.example.com",
);

/** An identifier in access tokens. */
export const identifier = text(/^[\x21-\x7e]{1,128}$/, "1 to 128 visible ASCII characters");

/** A scope token (RFC 6749 3.3). */
export const scopeToken = text(
  /^[\x21\x23-\x5b\x5d-\x7e]{1,64}$/,
  "a scope token (RFC 6749 3.3) of at most 64 characters",
);

/** The name of the service that users see. */
export const displayName = text(/^(?! )[^\p{C}]{1,64}(?<! )$/u, "1 to 64 printable characters");

/** The address of a mailbox. */
export const mailbox = text(/^[^\s@]{1,64}@[^\s@]+\.[^\s@]+$/, "an e-mail address");

/** The ARN of a topic of Amazon SNS. */
export const topicArn = text(
  /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/,
  "the ARN of a standard SNS topic",
);

/** The ARN of a certificate in AWS Certificate Manager. CloudFront uses certificates of us-east-1 only. */
export const certificateArn = text(
  /^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/[a-z0-9-]{1,64}$/,
  "the ARN of a certificate in us-east-1",
);

/** The ARN of a web ACL for CloudFront. */
export const distributionWebAclArn = text(
  /^arn:aws[a-z-]*:wafv2:us-east-1:\d{12}:global\/webacl\/[\w-]{1,128}\/[a-f0-9-]{36}$/,
  "the ARN of a web ACL of scope CLOUDFRONT",
);
