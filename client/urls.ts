/**
 * Whether the path has a segment `.` or `..`. `fetch` would resolve the segment after the client compared the prefix. `fetch` also drops
 * tabs and line breaks, and reads a backslash as a slash.
 */
export const hasDotSegment = (url: string): boolean =>
  /[\\\s]|\/(\.|%2e){1,2}(\/|$)/i.test(url.replace(/[?#].*$/s, ""));

/**
 * Removes the slashes at the end of a URL. The client adds one slash when it compares, so that `https://a.example` does not match
 * `https://a.example.evil/`.
 * @throws TypeError if the URL is not an absolute http or https URL
 */
export const toPrefix = (url: string): string => {
  if (!/^https?:\/\/[^/]/.test(url)) throw new TypeError(`Not an absolute http or https URL: ${url}`);
  return url.replace(/\/+$/, "");
};
