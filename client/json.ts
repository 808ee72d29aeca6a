/** Undefined for anything that is not JSON. */
export const parseJson = (text: string | null | undefined): unknown => {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
};

export const readMember = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;

export const readText = (value: unknown, name: string): string | undefined => {
  const member = readMember(value, name);
  return typeof member === "string" ? member : undefined;
};
