import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pathToFileURL } from "node:url";
import { findSession, LatchkeyUnavailable, type User } from "./session.ts";

/** An application whose pages are made on the server, for those who are signed in with Latchkey. */
export const createApplication = (latchkeyUrl: string): Server =>
  createServer((request, response) => {
    answer(latchkeyUrl, request, response).catch((error: unknown) => {
      const isTemporary = error instanceof LatchkeyUnavailable;
      if (!isTemporary) console.error(error);
      send(response, isTemporary ? 503 : 500, "<h1>Try again in a moment</h1>");
    });
  });

const answer = async (latchkeyUrl: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const session = await findSession(latchkeyUrl, request.headers.cookie);
  if (session === undefined) {
    const here = `http://${request.headers.host}${request.url}`;
    response.writeHead(303, { Location: `${latchkeyUrl}/?return_to=${encodeURIComponent(here)}` }).end();
    return;
  }
  if (session.setCookies.length > 0) response.setHeader("Set-Cookie", session.setCookies);
  send(response, 200, greet(session.user, latchkeyUrl));
};

const greet = (user: User, latchkeyUrl: string): string =>
  `<h1>Hello ${escapeHtml(user.name ?? user.email)}</h1>
  <p>This page was made on the server. <a href="${escapeHtml(latchkeyUrl)}/#devices">Your account</a></p>`;

const send = (response: ServerResponse, status: number, body: string): void => {
  response.writeHead(status, {
    "Content-Type": "text/html; charset=utf-8",
    // The page of somebody who has signed out must not come back with the back button.
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Example</title>${body}`);
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const latchkeyUrl = process.env["LATCHKEY_URL"] ?? "http://127.0.0.1:3000";
  const port = Number(process.env["PORT"] ?? 4000);
  createApplication(latchkeyUrl).listen(port, "127.0.0.1", () => console.log(`Open http://127.0.0.1:${port}/`));
}
