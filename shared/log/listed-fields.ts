import { AUDIT_FIELDS, type AuditEventName } from "../audit/audit.ts";
import { cutText } from "../text.ts";

/** What a line may hold under a name: one value, a list of texts, or an object of which again only the listed is taken. */
type Listed = { readonly [name: string]: true | "texts" | Listed };

type Value = string | number | boolean | readonly string[] | Line;
/** What is left of an object when only the listed is taken. */
export type Line = { readonly [name: string]: Value };

/** More than the longest address, any id or reason, and a browser's name. */
const MAX_TEXT = 256;

const CALLER = { requestId: true, ip: true, userAgent: true, durationMs: true } as const;

/** What an operator asked of rotate-keys, and in which call of the function. */
const ASKED = { action: true, kid: true, requestId: true } as const;

const OTHER_FIELDS = {
  keys_rotated: { time: true, outcome: true, ...ASKED },
  key_changed: { time: true, key: { use: true, alg: true, kid: true, from: true, to: true }, ...ASKED },
  breach_lookup_failed: { cause: true },
  /** Another site may have made a browser send it. */
  request_denied: { requestId: true, ip: true, userAgent: true, route: true, reason: true },
  /** A response 5xx: the class of the error and where our code threw it, or the reason and the account to look at. */
  request_failed: { requestId: true, error: true, reason: true, userId: true, cause: { name: true, at: "texts" } },
} as const satisfies Listed;

/** What a line is about: a security event, or something else that an operator should know. */
export type LineKind = AuditEventName | keyof typeof OTHER_FIELDS;

/**
 * All that a line of each kind may hold beside `level` and `event`. A line is made by asking for these, never by taking
 * things away: what nobody listed is not printed, whatever object comes along (G1).
 */
export const LINE_FIELDS: Readonly<Record<string, Listed>> = {
  ...Object.fromEntries(
    Object.entries(AUDIT_FIELDS).map(([event, fields]) => [event, { time: true, ...fields, ...CALLER }]),
  ),
  ...OTHER_FIELDS,
};

/** Takes what is listed out of an object, with texts cut to a length that no honest one has. A kind that is none has nothing. */
export const listedFields = (kind: string, given: object): Line =>
  Object.hasOwn(LINE_FIELDS, kind) ? pick(given, LINE_FIELDS[kind] ?? {}) : {};

const pick = (given: object, listed: Listed): Line => {
  const line: Record<string, Value> = {};
  for (const [name, as] of Object.entries(listed)) {
    const value = take(Reflect.get(given, name), as);
    if (value !== undefined) line[name] = value;
  }
  return line;
};

const take = (value: unknown, as: Listed[string]): Value | undefined => {
  if (as === "texts") return Array.isArray(value) ? value.filter(isText).map(cut) : undefined;
  if (as !== true) return typeof value === "object" && value !== null ? pick(value, as) : undefined;
  if (isText(value)) return cut(value);
  return typeof value === "number" || typeof value === "boolean" ? value : undefined;
};

const isText = (value: unknown): value is string => typeof value === "string";
const cut = (text: string): string => cutText(text, MAX_TEXT);
