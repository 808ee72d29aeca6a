import { withViewerAddress } from "../../shared/http/viewer-address.ts";
import { originSecretFromEnvironment } from "../../shared/wiring/origin-secret.ts";
import { tokenRecognizerFromEnvironment } from "../../shared/wiring/token-recognition.ts";
import { createLogout } from "./handler.ts";

const { allowedOrigins, ...dependencies } = tokenRecognizerFromEnvironment();

export const handler = withViewerAddress(createLogout(dependencies, allowedOrigins), originSecretFromEnvironment());
