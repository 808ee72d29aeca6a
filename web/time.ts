const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

const relative = new Intl.RelativeTimeFormat("en");

/** `3 hours ago`, `in 5 minutes`; less than a minute in seconds. */
export const fromNow = (seconds: number): string => {
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? (["second", 1] as const);
  return relative.format(Math.round(seconds / length), unit);
};

/** When something was, as near as anybody wants to know. Clocks differ, so nothing is ever seen in the future. */
export const ago = (time: string): string => {
  const seconds = (Date.parse(time) - Date.now()) / 1000;
  return seconds > -60 ? "just now" : fromNow(seconds);
};

export const toDate = (time: string): string => new Date(time).toLocaleDateString("en", { dateStyle: "medium" });
