import * as z from "zod/mini";

/** The schema of an id in the claims of a token: 1 to 128 characters. The type of the parsed id is `Id`. */
export const claimId = <Id extends string>() =>
  z.pipe(
    z.string().check(z.minLength(1), z.maxLength(128)),
    z.transform((text) => text as Id),
  );
