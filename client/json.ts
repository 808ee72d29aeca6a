/** Parses JSON. Returns undefined for a text that is not JSON. */
export const parseJson = (text: string | null | undefined): unknown => {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
};

/** The member of an object. Returns undefined if the value is not an object or has no such member. */
export const readMember = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** The member of an object, if the member is a string. Returns undefined otherwise. */
export const readText = (value: unknown, name: string): string | undefined => {
  const member = readMember(value, name);
  return typeof member === "string" ? member : undefined;
};
