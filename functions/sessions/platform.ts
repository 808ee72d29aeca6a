type Names = readonly (readonly [pattern: RegExp, name: string])[];

/** Order matters: browsers name those they descend from, so the youngest comes first. */
const BROWSERS: Names = [
  [/\bEdg(e|A|iOS)?\//, "Edge"],
  [/\bOPR\/|\bOPT\/|\bOpera\b/, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(Headless)?(Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];

/** Apps and programs name the HTTP library that they are built with. Those that build on another one come first. */
const CLIENTS: Names = [
  [/\bPostmanRuntime\//, "Postman"],
  [/\bcurl\//, "curl"],
  [/\bpython-(requests|httpx|urllib3?)\/|\baiohttp\/|\bPython-urllib\//, "Python program"],
  [/\bGo-http-client\//, "Go program"],
  [/^(Java|Java-http-client|Apache-HttpClient)\//, "Java program"],
  [/\baxios\/|\bundici\b|\bnode-fetch\/|\bgot\s*\(|^node$|\bNode\.js\b/, "Node.js program"],
  [/\bDart\/[\d.]+ \(dart:io\)/, "Flutter app"],
  [/\bReactNative\b/, "React Native app"],
];

const SYSTEMS: Names = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  // Before Linux, which it names too. The library of most Android apps names no system; on servers it is rare.
  [/\bAndroid\b|\bokhttp\//, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bMac OS X\b|\bMacintosh\b|\bmacOS\b|\bMac(BookPro|BookAir|Book|Pro|mini)?\d+,\d+/, "macOS"],
  // An app's own user agent, as Alamofire builds it.
  [/\biOS \d/, "iPhone or iPad"],
  [/\bwatchOS \d/, "Apple Watch"],
  [/\btvOS \d/, "Apple TV"],
  [/\bvisionOS \d/, "Apple Vision"],
  // URLSession: apps on iPhones, iPads, watches and Macs send the same, so it must not name one of them.
  [/\bCFNetwork\/|\bDarwin\//, "Apple device"],
  [/\bLinux\b/, "Linux"],
];

/** An app has no browser's name: on these systems it is one that a person installed. */
const APP_SYSTEMS: ReadonlySet<string> = new Set([
  "iPhone",
  "iPad",
  "iPhone or iPad",
  "Android",
  "Apple Watch",
  "Apple TV",
  "Apple Vision",
  "Apple device",
]);

/**
 * Names a device in a few words by which a person knows it again: `Firefox on Windows`, `App on Apple device`. A hint for a list
 * of devices, never a fact to decide by: it says no more than the user agent does, and `Unknown` where that says nothing.
 */
export const describePlatform = (userAgent: string): string => {
  const isBrowser = /^(Mozilla|Opera)\//.test(userAgent);
  const system = nameIn(userAgent, SYSTEMS);
  const client = nameIn(userAgent, isBrowser ? BROWSERS : CLIENTS) ?? (isApp(isBrowser, system) ? "App" : undefined);
  if (client !== undefined && system !== undefined) return `${client} on ${system}`;
  return client ?? system ?? "Unknown";
};

const isApp = (isBrowser: boolean, system: string | undefined): boolean =>
  !isBrowser && system !== undefined && APP_SYSTEMS.has(system);

const nameIn = (userAgent: string, names: Names): string | undefined =>
  names.find(([pattern]) => pattern.test(userAgent))?.[1];
