import { domainToASCII, domainToUnicode } from "node:url";
import * as z from "zod/mini";

declare const brand: unique symbol;

/** An address in the one form under which its account is found. Only `normalizeEmail` makes one. */
export type NormalizedEmail = string & { readonly [brand]: "NormalizedEmail" };

/** Octets: RFC 5321 4.5.3.1.3 less the angle brackets, and 4.5.3.1.1. */
const MAX_LENGTH = 254;
const MAX_LOCAL_LENGTH = 64;

/** RFC 6531 3.3 without the quoted form, which nobody has: atoms with single dots between. */
const LOCAL = /^[a-z0-9!#$%&'*+/=?^_`{|}~\u{80}-\u{10ffff}-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~\u{80}-\u{10ffff}-]+)*$/u;

/**
 * Characters that show nothing: controls and unassigned ones, separators, the default-ignorable ones of the Unicode Standard
 * 5.21 (variation selectors, Hangul fillers, combining grapheme joiner), and the blank ones that have none of these
 * properties: the Brahmi number joiner, the empty Braille pattern, two blank hieroglyphs, the Khitan filler, the null
 * notehead. Two addresses that differ by one of them look the same. The characters that stand for another one (U+FFFC, U+FFFD)
 * are here too: API Gateway writes U+FFFD for all bytes that are no UTF-8, so it says nothing about what was typed.
 */
const INVISIBLE =
  /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u{1107f}\u{2800}\u{13441}\u{13442}\u{16fe4}\u{1d159}\ufffc\ufffd]/u;

/** The ASCII characters that have a meaning in an address, and U+3002, which UTS 46 reads as a dot. */
const SYNTAX = /[\0-/:-@[-`{-\x7f\u{3002}]/u;

/** `domainToASCII` reads a host of a URL and stops at `/`, `?` and the like; only these go in. */
const TYPED_DOMAIN = /^[A-Za-z0-9.\u{80}-\u{10ffff}-]+$/u;

/** Host names with a dot and a top level that is no number: an IP address is not a domain. */
const ASCII_DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/**
 * The form of an address that names an account: trimmed, NFKC, without regard to case, the domain in ASCII (UTS 46).
 * RFC 5321 2.4 would let `Jane@` and `jane@` be two mailboxes, but no provider does, and people type either.
 * A message must go to the address as it was registered, never to one typed later that merely normalizes to the same.
 *
 * The `@`, the dots and all other syntax must be typed in ASCII: `user\uff20example.com` is not an address. A letter or a
 * digit may be typed in any form that NFKC makes the same.
 *
 * @returns undefined for what is not an address on the public Internet
 */
export const normalizeEmail = (typed: string): NormalizedEmail | undefined => {
  const address = typed.trim();
  if (address.length > MAX_LENGTH || hasDisguisedSyntax(address)) return undefined;
  // NFKC comes twice. Before the folding it makes `A` of `𝐀`, which has no lower case of its own. After it, because `H` with
  // a macron below is two characters in any form, and `h` with a macron below is one (U+1E96) in NFKC.
  const composed = address.normalize("NFKC");
  const at = composed.lastIndexOf("@");
  const local = foldCase(composed.slice(0, Math.max(0, at))).normalize("NFKC");
  // UTS 46 folds the case of a domain itself, and in its own way.
  const domain = composed.slice(at + 1);
  if (!LOCAL.test(local) || INVISIBLE.test(local) || Buffer.byteLength(local) > MAX_LOCAL_LENGTH) return undefined;
  const asciiDomain = TYPED_DOMAIN.test(domain) ? domainToASCII(domain) : "";
  const normalized = `${local}@${asciiDomain}`;
  if (INVISIBLE.test(domainToUnicode(asciiDomain))) return undefined;
  if (!ASCII_DOMAIN.test(asciiDomain) || Buffer.byteLength(normalized) > MAX_LENGTH) return undefined;
  return normalized as NormalizedEmail;
};

/**
 * Lower case, character by character: `String.toLowerCase` makes a `Σ` at the end of a word another letter than elsewhere.
 * Letters with several lower-case forms, such as `σ` and `ς`, become the one that their upper case has. `ı` is not `i`.
 */
const foldCase = (text: string): string =>
  Array.from(text, (character) => {
    const upper = character.toUpperCase();
    const folded = ([...upper].length === 1 ? upper : character).toLowerCase();
    return character > "\x7f" && folded <= "\x7f" ? character.toLowerCase() : folded;
  }).join("");

/**
 * A body member with an address as somebody types it: the one limit for all routes. White space around the address counts.
 * Whether the text is an address is for `normalizeEmail` to say.
 */
export const typedEmail = z.string().check(z.maxLength(1024));

/** Whether a character that is not ASCII stands for a character of syntax, as U+FF20 stands for `@`. */
const hasDisguisedSyntax = (address: string): boolean =>
  [...address].some((character) => character > "\x7f" && SYNTAX.test(character.normalize("NFKC")));
