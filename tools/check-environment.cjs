"use strict";
// Runs before all other code of `npm start` and `npm test`. If the version of Node.js is too old or the packages are missing, it
// prints one sentence and ends the process. It must run on every version, so it uses ES2015 only and imports only package.json.

/** Returns the two leading numbers of a version such as `20.19.1` or `>=20.19`. */
const readVersion = (text) => {
  const numbers = /(\d+)\.(\d+)/.exec(text);
  return { major: Number(numbers[1]), minor: Number(numbers[2]) };
};

const fail = (sentence) => {
  console.error(sentence);
  process.exit(1);
};

const present = readVersion(process.versions.node);
const minimum = readVersion(require("../package.json").engines.node);
if (present.major < minimum.major || (present.major === minimum.major && present.minor < minimum.minor)) {
  fail(
    "Latchkey needs Node.js " +
      minimum.major +
      "." +
      minimum.minor +
      " or later; this is " +
      process.versions.node +
      ".",
  );
}

try {
  require.resolve("tsx");
} catch (_) {
  fail("The packages are not installed: run npm ci first.");
}
