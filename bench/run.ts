import { authorizerContenders } from "./authorizer.ts";
import { bundleSizes } from "./bundles.ts";
import { loginTimings } from "./login.ts";
import { measure } from "./measure.ts";
import { table } from "./table.ts";

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

print("The time to accept an access token (RS256), as a multiple of the time to verify its signature alone. Compare");
print("the lines of one run with each other only: the machine and its other load change all of them.\n");

const measured = await measure(await authorizerContenders());
const unit = measured[0]?.microseconds ?? Number.NaN;
print(
  table(
    ["", "times"],
    measured.map(({ name, microseconds }) => [name, (microseconds / unit).toFixed(2)]),
  ),
);

print("\nThe code that Lambda loads at a cold start: the bundle of each function, with the AWS SDK.\n");
const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;
print(
  table(
    ["function", "bundle", "gzipped"],
    bundleSizes().map(({ name, bytes, gzippedBytes }) => [name, kilobytes(bytes), kilobytes(gzippedBytes)]),
  ),
);

print("\nThe time of a rejected login, by reason: medians of tries in turn. The ratio may differ from 1 by 0.1.\n");
const logins = await loginTimings();
const wrong = logins[0]?.milliseconds ?? Number.NaN;
print(
  table(
    ["rejected for", "tries", "median, ms", "to a wrong password"],
    logins.map(({ name, tries, milliseconds }) => [
      name,
      String(tries),
      milliseconds.toFixed(0),
      (milliseconds / wrong).toFixed(3),
    ]),
  ),
);
