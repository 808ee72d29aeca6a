import { authorizerContenders } from "./authorizer.ts";
import { bundleSizes } from "./bundles.ts";
import { loginTimings } from "./login.ts";
import { measure } from "./measure.ts";
import { table } from "./table.ts";

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

print("What it takes to say yes to an access token (RS256), in times of verifying its signature alone. Compare the");
print("lines of one run with each other: the machine, and what else it does, changes all of them.\n");

const measured = await measure(await authorizerContenders());
const unit = measured[0]?.microseconds ?? Number.NaN;
print(
  table(
    ["", "times"],
    measured.map(({ name, microseconds }) => [name, (microseconds / unit).toFixed(2)]),
  ),
);

print("\nWhat Lambda loads at a cold start: each function's bundle, the AWS SDK inside.\n");
const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;
print(
  table(
    ["function", "bundle", "gzipped"],
    bundleSizes().map(({ name, bytes, gzippedBytes }) => [name, kilobytes(bytes), kilobytes(gzippedBytes)]),
  ),
);

print(
  "\nHow long a refused login takes, by what is wrong: medians of tries in turn. The ratio may differ from 1 by 0.1.\n",
);
const logins = await loginTimings();
const wrong = logins[0]?.milliseconds ?? Number.NaN;
print(
  table(
    ["refused for", "tries", "median, ms", "to a wrong password"],
    logins.map(({ name, tries, milliseconds }) => [
      name,
      String(tries),
      milliseconds.toFixed(0),
      (milliseconds / wrong).toFixed(3),
    ]),
  ),
);
