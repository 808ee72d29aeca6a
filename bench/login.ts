import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { hash } from "bcryptjs";
import { createLogin } from "../functions/login/handler.ts";
import { hashPassword } from "../shared/passwords/hash-password.ts";
import { startDynamoDb } from "../test/support/dynamodb.ts";
import { aRequest } from "../test/support/http-events.ts";
import { PASSWORD, sessionLibrary } from "../test/support/session-library.ts";

export type LoginTiming = { readonly name: string; readonly milliseconds: number; readonly tries: number };

/** How many tries there are of each kind; together 200. */
const TRIES = 40;
const WARM_UP_TRIES = 2;

/**
 * How long a refused login takes, for accounts that an attacker would like to tell apart (L2): the function's own handler on a
 * real engine with bcrypt at its full cost. The kinds take turns, so that whatever else the machine does hits all of them.
 */
export const loginTimings = async (): Promise<readonly LoginTiming[]> => {
  const database = await startDynamoDb();
  try {
    const library = sessionLibrary(database);
    const signUpWith = async (digest: string | null): Promise<string> => {
      const user = await library.signUp();
      const update = { ":digest": digest };
      await database.documentClient.send(
        new UpdateCommand({
          TableName: database.tableNames.users,
          Key: { pk: `USER#${user.userId}` },
          UpdateExpression: "SET passwordDigest = :digest",
          ExpressionAttributeValues: update,
        }),
      );
      return user.email;
    };
    const kinds: readonly (readonly [string, string])[] = [
      ["wrong password", await signUpWith(await hashPassword(PASSWORD, library.ring()))],
      ["unknown account", "nobody@example.com"],
      ["malformed digest", await signUpWith("$2b$12$not a digest")],
      ["no digest", await signUpWith(null)],
      ["digest of cost 4", await signUpWith(await hash(PASSWORD, 4))],
    ];
    const { passwordWork: _, ...dependencies } = library.dependencies;
    const logIn = createLogin(dependencies, []);
    const times = new Map<string, number[]>(kinds.map(([name]) => [name, []]));
    for (let round = -WARM_UP_TRIES; round < TRIES; round++) {
      for (const [name, email] of kinds) {
        const event = aRequest({ body: { email, password: "not the password" } });
        const start = performance.now();
        const { statusCode } = await logIn(event, {});
        if (statusCode !== 401) throw new Error(`${name} was answered ${statusCode}`);
        if (round >= 0) times.get(name)?.push(performance.now() - start);
      }
    }
    return kinds.map(([name]) => ({ name, milliseconds: median(times.get(name) ?? []), tries: TRIES }));
  } finally {
    await database.stop();
  }
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
