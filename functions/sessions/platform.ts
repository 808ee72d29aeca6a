type Names = readonly (readonly [pattern: RegExp, name: string])[];

/** In this order: a browser also names the browsers that it descends from, so the youngest browser comes first. */
const BROWSERS: Names = [
  [/\bEdg(e|A|iOS)?\//, "Edge"],
  [/\bOPR\/|\bOPT\/|\bOpera\b/, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(Headless)?(Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];

/** The HTTP libraries of apps and programs. A library that builds on another one comes first. */
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
  // Before Linux, because Android names Linux too. okhttp, the library of most Android apps, names no system; on servers it is rare.
  [/\bAndroid\b|\bokhttp\//, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bMac OS X\b|\bMacintosh\b|\bmacOS\b|\bMac(BookPro|BookAir|Book|Pro|mini)?\d+,\d+/, "macOS"],
  // The user agent of an app that uses Alamofire.
  [/\biOS \d/, "iPhone or iPad"],
  [/\bwatchOS \d/, "Apple Watch"],
  [/\btvOS \d/, "Apple TV"],
  [/\bvisionOS \d/, "Apple Vision"],
  // URLSession. Apps on iPhones, iPads, watches and Macs send the same text, so the name must not be one of these devices.
  [/\bCFNetwork\/|\bDarwin\//, "Apple device"],
  [/\bLinux\b/, "Linux"],
];

/** On these systems a program that is not a browser is an app that a person installed. */
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
 * Describes a device in a few words that its owner recognises: `Firefox on Windows`, `App on Apple device`. The words are a hint
 * for the list of devices. Nothing may be decided by them, because a client chooses its user agent.
 *
 * @returns `Unknown` if the user agent names no known client and no known system
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
