import { originSecretFromEnvironment } from "../../shared/http/origin-secret.ts";
import { withViewerAddress } from "../../shared/http/viewer-address.ts";
import { tokenRecognizerFromEnvironment } from "../../shared/token-recognition.ts";
import { createLogout } from "./handler.ts";

const { allowedOrigins, ...dependencies } = tokenRecognizerFromEnvironment();

export const handler = withViewerAddress(createLogout(dependencies, allowedOrigins), originSecretFromEnvironment());
