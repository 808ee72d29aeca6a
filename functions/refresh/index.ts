import { refreshLimitFromEnvironment } from "../../shared/throttle/limits.ts";
import { createRefreshThrottle } from "../../shared/throttle/refresh-throttle.ts";
import { tokenIssuerFromEnvironment } from "../../shared/token-issuer.ts";
import { createRefresh } from "./handler.ts";

const { allowedOrigins, ...dependencies } = tokenIssuerFromEnvironment();

export const handler = createRefresh(
  { ...dependencies, guardRefresh: createRefreshThrottle(refreshLimitFromEnvironment(), dependencies) },
  allowedOrigins,
);
