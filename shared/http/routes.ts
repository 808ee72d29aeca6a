import type { HttpHandler } from "./handler.ts";

/**
 * Makes one handler for several routes. A key of `table` is method and resource as API Gateway names them, such as
 * `GET /auth/sessions`. The handler of GET also serves HEAD.
 * @throws Error for a route that is not in `table`. The stack sends no such request.
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
