import { withViewerAddress } from "../../shared/http/viewer-address.ts";
import { httpOptionsFromEnvironment } from "../../shared/wiring/http-options.ts";
import { originSecretFromEnvironment } from "../../shared/wiring/origin-secret.ts";
import { tokenRecognizerFromEnvironment } from "../../shared/wiring/token-recognition.ts";
import { createLogout } from "./handler.ts";

export const handler = withViewerAddress(
  createLogout(tokenRecognizerFromEnvironment(), httpOptionsFromEnvironment()),
  originSecretFromEnvironment(),
);
