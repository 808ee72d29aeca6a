import * as z from "zod/mini";

const text = z.string().check(z.minLength(1));
const count = z.pipe(
  text.check(z.regex(/^[0-9]{1,9}$/)),
  z.transform((digits) => Number(digits)),
);
const list = z.pipe(
  z.string(),
  z.transform((words) => words.split(" ").filter((word) => word !== "") as readonly string[]),
);

/** The schemas of variables: `text` is not empty, `count` and `seconds` are whole numbers, `list` is separated by spaces. */
export const env = { text, count, seconds: count, list, oneOf: z.enum } as const;

/**
 * Reads the variables that `shape` names. Each function does this once, at the start of the execution environment.
 * @throws Error that names every missing or malformed variable and shows no value
 * @example readEnvironment({ USERS_TABLE: env.text, FEED_SHARDS: env.count })
 */
export const readEnvironment = <Shape extends z.core.$ZodShape>(
  shape: Shape,
  source: Readonly<Record<string, string | undefined>> = process.env,
): z.infer<z.ZodMiniObject<Shape>> => {
  const result = z.object(shape).safeParse(source);
  if (result.success) return result.data;
  const names = [...new Set(result.error.issues.map((issue) => issue.path.join(".")))].join(", ");
  throw new Error(`Environment variables missing or malformed: ${names}`);
};
