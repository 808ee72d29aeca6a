import { domainToASCII, domainToUnicode } from "node:url";
import * as z from "zod/mini";

declare const brand: unique symbol;

/**
 * An e-mail address in the form under which its account is found. Only `normalizeEmail` and the rows of the Users table give
 * this type.
 */
export type NormalizedEmail = string & { readonly [brand]: "NormalizedEmail" };

/** Octets. RFC 5321 4.5.3.1.3 without the angle brackets, and 4.5.3.1.1. */
const MAX_LENGTH = 254;
const MAX_LOCAL_LENGTH = 64;

/** RFC 6531 3.3: atoms with single dots between them. The quoted form is not accepted, because no provider uses it. */
const LOCAL = /^[a-z0-9!#$%&'*+/=?^_`{|}~\u{80}-\u{10ffff}-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~\u{80}-\u{10ffff}-]+)*$/u;

/**
 * Characters that are invisible. Two addresses that differ in such a character look the same. These characters are:
 *
 * - control characters, unassigned characters and separators;
 * - the default-ignorable characters of the Unicode Standard 5.21 (variation selectors, Hangul fillers, combining grapheme
 *   joiner);
 * - blank characters without these properties: the Brahmi number joiner, the empty Braille pattern, two blank hieroglyphs, the
 *   Khitan filler, the null notehead;
 * - U+FFFC and U+FFFD, which a program writes in place of another character. API Gateway writes U+FFFD for all bytes that are not UTF-8.
 */
const INVISIBLE =
  /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u{1107f}\u{2800}\u{13441}\u{13442}\u{16fe4}\u{1d159}\ufffc\ufffd]/u;

/** The ASCII characters with a meaning in an address, and U+3002, which UTS 46 reads as a dot. */
const SYNTAX = /[\0-/:-@[-`{-\x7f\u{3002}]/u;

/**
 * The characters that `domainToASCII` may get. That function reads the host of a URL and stops at characters like `/` and `?`.
 */
const TYPED_DOMAIN = /^[A-Za-z0-9.\u{80}-\u{10ffff}-]+$/u;

/** Host names with a dot. The top level does not begin with a digit, because an IP address is not a domain. */
const ASCII_DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/**
 * Computes the form of an e-mail address that names an account: trimmed, NFKC, without regard to case, and the domain in ASCII (UTS 46).
 * RFC 5321 2.4 allows `Jane@` and `jane@` to be two mailboxes, but no provider does this, and people type both. Send a message
 * to the address as it was registered. Another address with the same normalized form may belong to somebody else.
 *
 * The `@`, the dots and all other syntax must be typed in ASCII: `user\uff20example.com` is not an address. A letter or a digit
 * may be typed in any form that has the same NFKC.
 *
 * @returns undefined if the text is not an address on the public Internet
 * @example normalizeEmail(" Jane@Example.com") // "jane@example.com"
 */
export const normalizeEmail = (typed: string): NormalizedEmail | undefined => {
  const address = typed.trim();
  if (address.length > MAX_LENGTH || hasDisguisedSyntax(address)) return undefined;
  // NFKC comes twice. The first NFKC makes `A` of `𝐀`, which has no lower case of its own. The second NFKC is necessary, because
  // `H` with a macron below is two characters in every form, but `h` with a macron below is one character (U+1E96) in NFKC.
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
 * The schema of an address in a body, before its normalization. All routes share this limit. White space around the address counts.
 * `normalizeEmail` decides whether the text is an address.
 */
export const typedEmail = z.string().check(z.maxLength(1024));

/** Whether NFKC turns a character that is not ASCII into a character of syntax, for example U+FF20 into `@`. */
const hasDisguisedSyntax = (address: string): boolean =>
  [...address].some((character) => character > "\x7f" && SYNTAX.test(character.normalize("NFKC")));
