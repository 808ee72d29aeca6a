import type { HttpHandler } from "./handler.ts";

/**
 * One function behind several routes, told apart by method and resource as API Gateway names them: `GET /auth/sessions`.
 * @throws Error for a route that API Gateway should not have sent here
 */
export const routes =
  (table: Readonly<Record<string, HttpHandler>>): HttpHandler =>
  (event, context) => {
    const route = `${event.httpMethod} ${event.resource}`;
    const handler = table[route];
    if (handler === undefined) throw new Error(`No handler for ${route}`);
    return handler(event, context);
  };
