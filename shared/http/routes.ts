import type { HttpHandler } from "./handler.ts";

/**
 * One function behind several routes, told apart by method and resource as API Gateway names them: `GET /auth/sessions`.
 * HEAD goes where GET goes.
 * @throws Error for a route that API Gateway should not have sent here
 */
export const routes =
  (table: Readonly<Record<string, HttpHandler>>): HttpHandler =>
  (event, context) => {
    const method = event.httpMethod === "HEAD" ? "GET" : event.httpMethod;
    const route = `${method} ${event.resource}`;
    const handler = table[route];
    if (handler === undefined) throw new Error(`No handler for ${route}`);
    return handler(event, context);
  };
