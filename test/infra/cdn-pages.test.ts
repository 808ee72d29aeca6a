import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { responseHeaders } from "../../infra/constructs/cdn-policies.ts";
import { copyPages, readPages } from "../../infra/pages.ts";
import { buildWeb } from "../../web/build.ts";
import { writePages } from "./synthesize.ts";

const aFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-pages-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

const somePages = (): string => {
  const folder = aFolder();
  writePages(folder);
  return folder;
};

describe("the pages as they are built", () => {
  it("have a media type, a cache time and headers that the CDN can send, for each file", async () => {
    const folder = aFolder();
    await buildWeb(folder);
    const { files, headers } = readPages(folder);
    expect(files.map(({ key }) => key.replace(/-[0-9a-f]{12}/, "")).sort()).toEqual([
      "assets/app.js",
      "assets/key.svg",
      "assets/style.css",
      "index.html",
    ]);
    for (const { key, cacheControl, contentType } of files) {
      expect(cacheControl).toBe(key === "index.html" ? "no-cache" : "public, max-age=31536000, immutable");
      expect(contentType).toMatch(/^(text|image)\//);
    }
    expect(headers).not.toHaveProperty("Cache-Control");
    expect(() => responseHeaders(headers, true)).not.toThrow();
  });

  it("are copied to the bundle of the function that publishes them", () => {
    const [pages, bundle] = [readPages(somePages()), aFolder()];
    copyPages(pages, bundle);
    expect(JSON.parse(readFileSync(join(bundle, "pages.json"), "utf8"))).toEqual(pages.files);
    for (const { key } of pages.files) expect(existsSync(join(bundle, "pages", key)), key).toBe(true);
  });

  it("have another digest if a file or its headers change", () => {
    const folder = somePages();
    const { digest } = readPages(folder);
    expect(readPages(folder).digest).toBe(digest);
    writeFileSync(join(folder, "pages", "index.html"), "<!doctype html><title>New</title>");
    const afterContent = readPages(folder).digest;
    const headersFile = join(folder, "headers.json");
    writeFileSync(headersFile, readFileSync(headersFile, "utf8").replace("no-cache", "no-store"));
    expect(new Set([digest, afterContent, readPages(folder).digest]).size).toBe(3);
  });
});

describe("pages that cannot be served", () => {
  it("are rejected if they were not built", () => {
    expect(() => readPages(aFolder())).toThrow("they are built before the stack is made");
  });

  it("are rejected if headers differ by path, because there is one response headers policy for all", () => {
    const folder = somePages();
    writeFileSync(join(folder, "headers.json"), JSON.stringify({ "/": { A: "1" }, "/assets/": { A: "2" } }));
    expect(() => readPages(folder)).toThrow("the same headers");
  });

  it("are rejected if a file has an unknown type", () => {
    const folder = somePages();
    mkdirSync(join(folder, "pages", "more"));
    writeFileSync(join(folder, "pages", "more", "a.wasm"), "");
    expect(() => readPages(folder)).toThrow("more/a.wasm");
  });

  it.each([
    [{ "Strict-Transport-Security": "max-age=1; preload" }],
    [{ "Referrer-Policy": "sometimes" }],
    [{ "X-Frame-Options": "ALLOWALL" }],
  ])("are rejected with a header that the CDN would change: %j (H2)", (header) => {
    const { headers } = readPages(somePages());
    expect(() => responseHeaders({ ...headers, ...header }, true)).toThrow("cannot express");
  });
});
