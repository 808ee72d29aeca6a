const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

const relative = new Intl.RelativeTimeFormat("en");

/** A relative time: `3 hours ago`, `in 5 minutes`. Less than a minute is given in seconds. */
export const fromNow = (seconds: number): string => {
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? (["second", 1] as const);
  return relative.format(Math.round(seconds / length), unit);
};

/** How long ago a time was, roughly. @param time RFC 3339; a time in the future counts as now, because clocks differ */
export const ago = (time: string): string => {
  const seconds = (Date.parse(time) - Date.now()) / 1000;
  return seconds > -60 ? "just now" : fromNow(seconds);
};

/** `Nov 25, 2026`. @param time RFC 3339 */
export const toDate = (time: string): string => new Date(time).toLocaleDateString("en", { dateStyle: "medium" });
