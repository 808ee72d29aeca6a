import { describe, expect, it } from "vitest";
import { mayUseCookies } from "../../../shared/contract/browser-origins.ts";

describe("a session in cookies", () => {
  it.each([
    "https://a.example",
    "http://localhost:5173",
    "http://127.0.0.1",
    "http://[::1]:1",
    // The origin of Capacitor on Android. Its pages get no cookie anyway, because the cookies are `SameSite=Lax`.
    "https://localhost",
  ])("may be used by pages of %s (C5)", (origin) => {
    expect(mayUseCookies(origin)).toBe(true);
  });

  it.each([
    "capacitor://localhost",
    "tauri://localhost",
    "http://tauri.localhost",
    "https://tauri.localhost",
    "https://a.localhost:1",
    "http://a.example",
  ])("may not be used by %s, which has no owner or no TLS (C5)", (origin) => {
    expect(mayUseCookies(origin)).toBe(false);
  });
});
