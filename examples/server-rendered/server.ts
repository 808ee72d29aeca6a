import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pathToFileURL } from "node:url";
import { findSession, type Latchkey, LatchkeyUnavailable, type User } from "./session.ts";

/**
 * Creates an application that renders its pages on the server, for users who are signed in with Latchkey. The caller starts to listen.
 *
 * @example
 * ```ts
 * import { createApplication } from "../examples/server-rendered/server.ts";
 *
 * createApplication({ url: "http://127.0.0.1:3000", secret: "32 random bytes from your secret store" }).listen(4000);
 * ```
 */
export const createApplication = (latchkey: Latchkey): Server =>
  createServer((request, response) => {
    respond(latchkey, request, response).catch((error: unknown) => {
      const isTemporary = error instanceof LatchkeyUnavailable;
      if (!isTemporary) console.error(error);
      send(response, isTemporary ? 503 : 500, "<h1>Try again in a moment</h1>");
    });
  });

const respond = async (latchkey: Latchkey, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const session = await findSession(latchkey, request.headers.cookie);
  if (session === undefined) {
    // This application has the host of Latchkey, because the cookies belong to one host. So the scheme is the same too.
    const here = `${new URL(latchkey.url).protocol}//${request.headers.host}${request.url}`;
    response.writeHead(303, { Location: `${latchkey.url}/?return_to=${encodeURIComponent(here)}` }).end();
    return;
  }
  if (session.setCookies.length > 0) response.setHeader("Set-Cookie", session.setCookies);
  send(response, 200, greet(session.user, latchkey.url));
};

const greet = (user: User, latchkeyUrl: string): string =>
  `<h1>Hello ${escapeHtml(user.name ?? user.email)}</h1>
  <p>This page was made on the server. <a href="${escapeHtml(latchkeyUrl)}/#devices">Your account</a></p>`;

const send = (response: ServerResponse, status: number, body: string): void => {
  response.writeHead(status, {
    "Content-Type": "text/html; charset=utf-8",
    // After a sign-out the back button must not show the page again.
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Example</title>${body}`);
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const url = process.env["LATCHKEY_URL"] ?? "http://127.0.0.1:3000";
  // A random secret lasts until the process ends. A refresh whose response was lost before that can then be repeated for 30 s only.
  const secret = process.env["APP_SECRET"] ?? randomBytes(32).toString("base64url");
  const port = Number(process.env["PORT"] ?? 4000);
  createApplication({ url, secret }).listen(port, "127.0.0.1", () => console.log(`Open http://127.0.0.1:${port}/`));
}
