import * as z from "zod/mini";
import { httpHandler } from "../../shared/http/handler.ts";
import { env, readEnvironment } from "../../shared/wiring/environment.ts";

const { ALLOWED_ORIGINS } = readEnvironment({ ALLOWED_ORIGINS: env.list });

/** GET /health: the API and its functions are up. It asks no table, so a load balancer may ask it as often as it likes. */
export const handler = httpHandler(z.unknown(), async () => ({ status: 200, body: { status: "ok" } }), {
  allowedOrigins: ALLOWED_ORIGINS,
});
