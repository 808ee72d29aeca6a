import { tokenIssuerFromEnvironment } from "../../shared/token-issuer.ts";
import { createLogin } from "./handler.ts";

const { allowedOrigins, ...dependencies } = tokenIssuerFromEnvironment();

export const handler = createLogin(dependencies, allowedOrigins);
