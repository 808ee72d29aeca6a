import { tokenIssuerFromEnvironment } from "../../shared/token-issuer.ts";
import { createRefresh } from "./handler.ts";

const { allowedOrigins, ...dependencies } = tokenIssuerFromEnvironment();

export const handler = createRefresh(dependencies, allowedOrigins);
