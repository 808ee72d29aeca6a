import { systemMoment } from "../../shared/age.ts";
import { withViewerAddress } from "../../shared/http/viewer-address.ts";
import { createRefreshThrottle } from "../../shared/throttle/refresh-throttle.ts";
import { httpOptionsFromEnvironment } from "../../shared/wiring/http-options.ts";
import { refreshLimitFromEnvironment } from "../../shared/wiring/limits.ts";
import { originSecretFromEnvironment } from "../../shared/wiring/origin-secret.ts";
import { tokenIssuerFromEnvironment } from "../../shared/wiring/token-issuer.ts";
import { createRefresh } from "./handler.ts";

const issuer = tokenIssuerFromEnvironment();

const dependencies = {
  ...issuer,
  guardRefresh: createRefreshThrottle(refreshLimitFromEnvironment(), { ...issuer, moment: systemMoment }),
};

export const handler = withViewerAddress(
  createRefresh(dependencies, httpOptionsFromEnvironment()),
  originSecretFromEnvironment(),
);
