/** Without white space at both ends: in HTTP that is space and tab only (RFC 9110 5.6.3). */
export const trimSpaceAndTab = (text: string): string => text.replace(/^[ \t]+/, "").replace(/(?<![ \t])[ \t]+$/, "");
