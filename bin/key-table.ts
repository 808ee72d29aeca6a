import * as z from "zod/mini";

/** The parts of the response of rotate-keys that the command shows. */
export const rotateKeysResponse = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("unknown_key") }),
  z.object({
    outcome: z.literal("done"),
    keys: z.array(
      z.object({
        use: z.string(),
        kid: z.string(),
        alg: z.string(),
        state: z.string(),
        created_at: z.string(),
        published_at: z.optional(z.string()),
        signs_from: z.optional(z.string()),
        verifies_until: z.optional(z.string()),
      }),
    ),
  }),
]);

type ListedKey = Extract<z.infer<typeof rotateKeysResponse>, { outcome: "done" }>["keys"][number];

/** Formats the keys as a table: one line for each key, with its next change. */
export const keyTable = (keys: readonly ListedKey[]): string => {
  if (keys.length === 0) return "There are no keys yet.";
  const rows = keys.map((key) => [key.use, key.state, key.alg, key.kid, outlook(key)]);
  const table = [["USE", "STATE", "ALG", "KID", ""], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
};

const outlook = ({ state, created_at, published_at, signs_from, verifies_until }: ListedKey): string => {
  if (state === "next")
    return signs_from === undefined ? "signs once it is published and known" : `signs from ${signs_from}`;
  if (state === "previous") return `verifies until ${verifies_until}`;
  return `signs; made ${created_at}${published_at === undefined ? "" : `, public since ${published_at}`}`;
};
