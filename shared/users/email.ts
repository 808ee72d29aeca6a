import { domainToASCII } from "node:url";

declare const brand: unique symbol;

/** An address in the one form under which its account is found. Only `normalizeEmail` makes one. */
export type NormalizedEmail = string & { readonly [brand]: "NormalizedEmail" };

/** Octets: RFC 5321 4.5.3.1.3 less the angle brackets, and 4.5.3.1.1. */
const MAX_LENGTH = 254;
const MAX_LOCAL_LENGTH = 64;

/** RFC 6531 3.3 without the quoted form, which nobody has: atoms with single dots between. */
const LOCAL = /^[a-z0-9!#$%&'*+/=?^_`{|}~\u{80}-\u{10ffff}-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~\u{80}-\u{10ffff}-]+)*$/u;
const INVISIBLE = /[\p{C}\p{Z}]/u;

/** `domainToASCII` reads a host of a URL and stops at `/`, `?` and the like; only these go in. */
const TYPED_DOMAIN = /^[a-z0-9.\u{80}-\u{10ffff}-]+$/u;

/** Host names with a dot and a top level that is no number: an IP address is not a domain. */
const ASCII_DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/**
 * The form of an address that names an account: trimmed, NFKC, lower case throughout, the domain in ASCII (UTS 46).
 * RFC 5321 2.4 would let `Jane@` and `jane@` be two mailboxes, but no provider does, and people type either.
 * A message must go to the address as it was registered, never to one typed later that merely normalizes to the same.
 *
 * @returns undefined for what is not an address on the public Internet
 */
export const normalizeEmail = (typed: string): NormalizedEmail | undefined => {
  const address = typed.trim();
  if (address.length > MAX_LENGTH) return undefined;
  // Each leaves work for the other: NFKC makes `A` of `𝐀`, lower-casing makes two characters of `İ`.
  const folded = address.normalize("NFKC").toLowerCase().normalize("NFKC");
  const at = folded.lastIndexOf("@");
  const local = folded.slice(0, Math.max(0, at));
  const domain = folded.slice(at + 1);
  if (!LOCAL.test(local) || INVISIBLE.test(local) || Buffer.byteLength(local) > MAX_LOCAL_LENGTH) return undefined;
  const asciiDomain = TYPED_DOMAIN.test(domain) ? domainToASCII(domain) : "";
  const normalized = `${local}@${asciiDomain}`;
  if (!ASCII_DOMAIN.test(asciiDomain) || Buffer.byteLength(normalized) > MAX_LENGTH) return undefined;
  return normalized as NormalizedEmail;
};
