import { createHmac, hkdfSync } from "node:crypto";
import { expect, it } from "vitest";
import type { UserId } from "../../../shared/ids.ts";
import { signDeviceToken } from "../../../shared/throttle/device-token.ts";
import { throttleKey } from "../../../shared/throttle/throttle-keys.ts";
import { deriveCsrfToken } from "../../../shared/tokens/csrf-token.ts";
import { auditedEmail } from "../../../shared/users/audited-email.ts";
import { NOW } from "../../support/time.ts";
import { aSubject } from "../../support/tokens.ts";

const ring = { rootSecret: "p".repeat(64) };

/** HMAC-SHA-256 under the key of a purpose (RFC 5869), computed without the code that the service uses. */
const hash = (purpose: string, text: string): string =>
  createHmac("sha256", Buffer.from(hkdfSync("sha256", ring.rootSecret, "", purpose, 32)))
    .update(text)
    .digest("base64url");

const { sessionId } = aSubject();
const deviceToken = signDeviceToken("account", { userId: "user" as UserId, credentialVersion: 3 }, ring, NOW);
const [endsAt = "", credentialsHash = "", mac = ""] = deviceToken.split(".");

it.each([
  ["a CSRF token", deriveCsrfToken(sessionId, ring), hash("latchkey csrf", sessionId)],
  ["the MAC of a device token", mac, hash("latchkey device", `account.${endsAt}.${credentialsHash}`)],
  ["the credentials of a device token", credentialsHash, hash("latchkey device", "credentials.user.3.0")],
  ["the key of a counter", throttleKey("login", ["part"], ring), `login#${hash("latchkey throttle", "5:login4:part")}`],
  [
    "an address in the log",
    auditedEmail("Jane@example.com", ring).emailHash,
    hash("latchkey audit", "jane@example.com"),
  ],
])("%s has the key of its own purpose, in every release (T8, S1)", (_, actual, expected) => {
  expect(actual).toBe(expected);
});
