import type { MutatedToken, Parts } from "./source.ts";
import { without } from "./source.ts";

const TYPES: readonly unknown[] = [
  "JWT",
  "jwt",
  "at+JWT",
  "AT+JWT",
  "at+jwt ",
  " at+jwt",
  "at+jwt\u0000",
  "application/at+jwt",
  "rt+jwt",
  "csrf+jwt",
  "JOSE",
  "dpop+jwt",
  "",
  null,
  1,
  ["at+jwt"],
  { typ: "at+jwt" },
];

/** Valid signatures, but another type than the type of an access token (T1). */
export const wrongTypes = ({ header, resigned }: Parts): readonly MutatedToken[] => [
  { checklist: "T1", name: "typ missing", token: resigned({ header: without(header, "typ") }) },
  ...TYPES.map((typ) => ({
    checklist: "T1" as const,
    name: `typ ${JSON.stringify(typ)}`,
    token: resigned({ header: { ...header, typ } }),
  })),
  {
    checklist: "T1",
    name: "typ under another case",
    token: resigned({ header: { ...without(header, "typ"), Typ: "at+jwt" } }),
  },
];
