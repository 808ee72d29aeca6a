import { describe, expect, it } from "vitest";
import { describePlatform } from "../../../functions/sessions/platform.ts";

const WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
const BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)";
const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
const ANDROID = "Mozilla/5.0 (Linux; Android 10; K)";

describe("the name of a device", () => {
  it.each([
    [`${WINDOWS} ${BLINK} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`, "Edge on Windows"],
    [`${WINDOWS} ${BLINK} Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0`, "Opera on Windows"],
    ["Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox on Windows"],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox on Linux"],
    [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${BLINK} Chrome/140.0.0.0 Safari/537.36`, "Chrome on ChromeOS"],
    [`${IPHONE} ${WEBKIT} Version/18.5 Mobile/15E148 Safari/604.1`, "Safari on iPhone"],
    [`${IPHONE} ${WEBKIT} CriOS/140.0.0.0 Mobile/15E148 Safari/604.1`, "Chrome on iPhone"],
    [
      `Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) ${WEBKIT} FxiOS/143.0 Mobile/15E148 Safari/605.1.15`,
      "Firefox on iPad",
    ],
    [`${ANDROID} ${BLINK} Chrome/140.0.0.0 Mobile Safari/537.36`, "Chrome on Android"],
    [`${ANDROID} ${BLINK} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`, "Samsung Internet on Android"],
    [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Version/18.5 Safari/605.1.15`, "Safari on macOS"],
    [`Mozilla/5.0 (X11; Linux x86_64) ${BLINK} HeadlessChrome/140.0.0.0 Safari/537.36`, "Chrome on Linux"],
    // A page within an app: no browser is named.
    [`${IPHONE} ${WEBKIT} Mobile/15E148`, "iPhone"],
  ])("is that of the browser and its system: %s", (userAgent, name) => {
    expect(describePlatform(userAgent)).toBe(name);
  });

  it.each([
    // URLSession, which does not tell an iPhone from a Mac.
    ["MyApp/1 CFNetwork/1490.0.4 Darwin/23.2.0", "App on Apple device"],
    ["MyApp/3 CFNetwork/1568.300.101 Darwin/24.2.0", "App on Apple device"],
    ["My%20App/12.1.3 CFNetwork/3826.500.131 Darwin/24.5.0", "App on Apple device"],
    ["MyApp/1 (iPhone; iOS 18.5; Scale/3.00)", "App on iPhone"],
    ["MyApp/1 (iPad; iOS 17.5; Scale/2.00)", "App on iPad"],
    ["MyApp/1.0 (com.example.MyApp; build:1; iOS 18.5.0) Alamofire/5.10.2", "App on iPhone or iPad"],
    ["MyApp/1.0 (com.example.MyApp; build:1; macOS 15.5.0) Alamofire/5.10.2", "macOS"],
    ["MyApp/1.0 CFNetwork/1568.200.51 Darwin/24.1.0 (x86_64) (MacBookPro16%2C1)", "App on Apple device"],
    ["MyApp/1.0 (MacBookPro18,3) CFNetwork/1568.200.51 Darwin/24.1.0", "macOS"],
    ["okhttp/4.12.0", "App on Android"],
    ["okhttp/5.0.0-alpha.14", "App on Android"],
    ["MyApp/2.1 okhttp/4.12.0", "App on Android"],
    ["MyApp/1.0 (com.example.MyApp; build:1; watchOS 11.5.0) Alamofire/5.10.2", "App on Apple Watch"],
    ["MyApp/1.0 (com.example.MyApp; build:1; tvOS 18.5.0) Alamofire/5.10.2", "App on Apple TV"],
    ["MyApp/1.0 (com.example.MyApp; build:1; visionOS 2.5.0) Alamofire/5.10.2", "App on Apple Vision"],
    ["MyApp/2.1 (Android 15; Pixel 9) okhttp/4.12.0", "App on Android"],
    ["Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UQ1A.240205.004)", "App on Android"],
    ["Dart/3.5 (dart:io)", "Flutter app"],
    ["MyApp/1 ReactNative/0.76 (iOS 18.5)", "React Native app on iPhone or iPad"],
  ])("is that of an app and the system as far as it is told: %s", (userAgent, name) => {
    expect(describePlatform(userAgent)).toBe(name);
  });

  it.each([
    ["axios/1.7.9", "Node.js program"],
    ["node", "Node.js program"],
    ["undici", "Node.js program"],
    ["node-fetch/1.0 (+https://github.com/bitinn/node-fetch)", "Node.js program"],
    ["got (https://github.com/sindresorhus/got)", "Node.js program"],
    ["Java-http-client/21.0.2", "Java program"],
    ["Apache-HttpClient/4.5.14 (Java/17.0.9)", "Java program"],
    ["python-requests/2.32.3", "Python program"],
    ["python-httpx/0.27.2", "Python program"],
    ["Python/3.12 aiohttp/3.10.10", "Python program"],
    ["Python-urllib/3.12", "Python program"],
    ["curl/8.9.1", "curl"],
    ["PostmanRuntime/7.43.0", "Postman"],
    ["Go-http-client/1.1", "Go program"],
    ["Go-http-client/2.0", "Go program"],
  ])("is that of a program: %s", (userAgent, name) => {
    expect(describePlatform(userAgent)).toBe(name);
  });

  it.each([[""], ["Mozilla/5.0"], ["MyApp/1"], ["x".repeat(512)], ["macintosh"], ["nodes"]])(
    "is unknown: %s",
    (userAgent) => {
      expect(describePlatform(userAgent)).toBe("Unknown");
    },
  );

  it("calls no app that is built with URLSession a Mac, whatever the version", () => {
    for (const darwin of ["19.6.0", "20.6.0", "21.6.0", "22.6.0", "23.2.0", "24.5.0", "25.0.0"]) {
      expect(describePlatform(`MyApp/1 CFNetwork/1490.0.4 Darwin/${darwin}`)).toBe("App on Apple device");
    }
  });
});
