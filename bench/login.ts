import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { hash } from "bcryptjs";
import { createLogin } from "../functions/login/handler.ts";
import { hashPassword } from "../shared/passwords/hash-password.ts";
import { startDynamoDb } from "../test/support/dynamodb.ts";
import { aRequest } from "../test/support/http-events.ts";
import { httpOptions } from "../test/support/http-options.ts";
import { PASSWORD, sessionLibrary } from "../test/support/session-library.ts";

/** The median time of a rejected login, for one kind of account. */
export type LoginTiming = { readonly name: string; readonly milliseconds: number; readonly tries: number };

/** Tries with a wrong password and with an unknown account. L2 compares 200 tries in turn, 100 of each. */
const TRIES = 100;
/** Tries of each other kind. */
const OTHER_TRIES = 40;
const WARM_UP_TRIES = 2;

/**
 * Measures how long a rejected login takes, for kinds of accounts that an attacker must not distinguish (L2). Runs the handler of the
 * function on a real database engine, with bcrypt at its full cost. The kinds take turns, so that other load of the machine affects all
 * of them.
 * @throws Error if a login is not rejected with 401
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
    const kinds = [
      { name: "wrong password", email: await signUpWith(await hashPassword(PASSWORD, library.ring())), tries: TRIES },
      { name: "unknown account", email: "nobody@example.com", tries: TRIES },
      { name: "malformed digest", email: await signUpWith("$2b$12$not a digest"), tries: OTHER_TRIES },
      { name: "no digest", email: await signUpWith(null), tries: OTHER_TRIES },
      { name: "digest of cost 4", email: await signUpWith(await hash(PASSWORD, 4)), tries: OTHER_TRIES },
    ];
    const { passwordWork: _, ...dependencies } = library.dependencies;
    const logIn = createLogin(dependencies, httpOptions);
    const times = new Map<string, number[]>(kinds.map(({ name }) => [name, []]));
    for (let round = -WARM_UP_TRIES; round < TRIES; round++) {
      for (const { name, email, tries } of kinds) {
        if (!isDue(round, tries)) continue;
        const event = aRequest({ body: { email, password: "not the password" } });
        const start = performance.now();
        const { statusCode } = await logIn(event, {});
        if (statusCode !== 401) throw new Error(`${name}: the response is ${statusCode}`);
        if (round >= 0) times.get(name)?.push(performance.now() - start);
      }
    }
    return kinds.map(({ name, tries }) => ({ name, milliseconds: median(times.get(name) ?? []), tries }));
  } finally {
    await database.stop();
  }
};

/** Whether a kind of account has a try in this round. A kind with fewer tries than rounds has its tries spread over all rounds. */
const isDue = (round: number, tries: number): boolean =>
  round < 0 || Math.floor(((round + 1) * tries) / TRIES) > Math.floor((round * tries) / TRIES);

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
