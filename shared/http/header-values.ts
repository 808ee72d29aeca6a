/** All values of a request header, whatever the case of its name. */
export type HeaderReader = (name: string) => readonly string[];

type Single = Readonly<Record<string, string | null | undefined>>;
type Multiple = Readonly<Record<string, readonly string[] | null | undefined>>;

/**
 * Reads headers from an event of API Gateway. A header that came twice has two values, also where API Gateway shows only
 * the last in `headers` (A5). Payload 2.0 has no `multiValueHeaders` and joins the values with a comma.
 */
export const headerReader = (event: {
  readonly headers?: Single | null | undefined;
  readonly multiValueHeaders?: Multiple | null | undefined;
}): HeaderReader => {
  const { headers, multiValueHeaders } = event;
  return (name) => {
    const isAsked = ([other]: readonly [string, unknown]): boolean => other.toLowerCase() === name;
    const all = Object.entries(multiValueHeaders ?? {})
      .filter(isAsked)
      .flatMap(([, values]) => values ?? []);
    if (all.length > 0) return all;
    return Object.entries(headers ?? {})
      .filter(isAsked)
      .flatMap(([, value]) => value ?? []);
  };
};
