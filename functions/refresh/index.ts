import { systemMoment } from "../../shared/age.ts";
import { withViewerAddress } from "../../shared/http/viewer-address.ts";
import { createRefreshThrottle } from "../../shared/throttle/refresh-throttle.ts";
import { refreshLimitFromEnvironment } from "../../shared/wiring/limits.ts";
import { originSecretFromEnvironment } from "../../shared/wiring/origin-secret.ts";
import { tokenIssuerFromEnvironment } from "../../shared/wiring/token-issuer.ts";
import { createRefresh } from "./handler.ts";

const { allowedOrigins, ...dependencies } = tokenIssuerFromEnvironment();

export const handler = withViewerAddress(
  createRefresh(
    {
      ...dependencies,
      guardRefresh: createRefreshThrottle(refreshLimitFromEnvironment(), { ...dependencies, moment: systemMoment }),
    },
    allowedOrigins,
  ),
  originSecretFromEnvironment(),
);
