import { AUDIT_FIELDS, type AuditEventName } from "../audit/audit.ts";
import { cutText } from "../text.ts";

/** The type of one listed field: a single value, a list of texts, or an object of which only the listed members are taken. */
type Listed = { readonly [name: string]: true | "texts" | Listed };

type Value = string | number | boolean | readonly string[] | Line;

/** An object that holds listed fields only. */
export type Line = { readonly [name: string]: Value };

/** UTF-16 units. The longest e-mail address, every id, every reason and the user agents of browsers are shorter. */
const MAX_TEXT = 256;

const CALLER = { requestId: true, ip: true, userAgent: true, durationMs: true } as const;

/** The command of an operator to rotate-keys, and the id of the call. */
const COMMAND = { action: true, kid: true, requestId: true } as const;

const OTHER_FIELDS = {
  keys_rotated: { time: true, outcome: true, ...COMMAND },
  key_changed: { time: true, key: { use: true, alg: true, kid: true, from: true, to: true }, ...COMMAND },
  breach_lookup_failed: { cause: true },
  /** A request with cookies that another site may have made the browser send. */
  request_denied: { requestId: true, ip: true, userAgent: true, route: true, reason: true },
  /** A response 5xx: the class of the error and the places in our code, or the reason and the account to look at. */
  request_failed: { requestId: true, error: true, reason: true, userId: true, cause: { name: true, at: "texts" } },
} as const satisfies Listed;

/** The subject of a line: a security event, or another fact that an operator should know. */
export type LineKind = AuditEventName | keyof typeof OTHER_FIELDS;

/**
 * The fields that a line of each kind may hold beside `level` and `event` (G1). A line is built by reading these fields from
 * an object. So a field that is not listed is never printed, whatever the object holds.
 */
export const LINE_FIELDS: Readonly<Record<string, Listed>> = {
  ...Object.fromEntries(
    Object.entries(AUDIT_FIELDS).map(([event, fields]) => [event, { time: true, ...fields, ...CALLER }]),
  ),
  ...OTHER_FIELDS,
};

/**
 * Reads the listed fields of an object. Cuts long texts. Leaves out empty texts and values of another type.
 *
 * @returns an object without fields if the kind is unknown
 * @example listedFields("account_enabled", { userId, password }) // { userId }
 */
export const listedFields = (kind: string, given: object): Line =>
  Object.hasOwn(LINE_FIELDS, kind) ? pick(given, LINE_FIELDS[kind] ?? {}) : {};

const pick = (given: object, listed: Listed): Line => {
  const line: Record<string, Value> = {};
  for (const [name, type] of Object.entries(listed)) {
    const value = take(Reflect.get(given, name), type);
    if (value !== undefined && value !== "") line[name] = value;
  }
  return line;
};

const take = (value: unknown, type: Listed[string]): Value | undefined => {
  if (type === "texts") return Array.isArray(value) ? value.filter(isText).map(cut) : undefined;
  if (type !== true) return typeof value === "object" && value !== null ? pick(value, type) : undefined;
  if (isText(value)) return cut(value);
  return typeof value === "number" || typeof value === "boolean" ? value : undefined;
};

const isText = (value: unknown): value is string => typeof value === "string";
const cut = (text: string): string => cutText(text, MAX_TEXT);
