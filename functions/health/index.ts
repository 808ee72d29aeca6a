import * as z from "zod/mini";
import { httpHandler } from "../../shared/http/handler.ts";
import { httpOptionsFromEnvironment } from "../../shared/wiring/http-options.ts";

/** GET /health: 200 if the API and its functions run. The route reads no table, so monitors may call it as often as they like. */
export const handler = httpHandler(
  z.unknown(),
  async () => ({ status: 200, body: { status: "ok" } }),
  httpOptionsFromEnvironment(),
);
