import { tokenRecognizerFromEnvironment } from "../../shared/token-recognition.ts";
import { createLogout } from "./handler.ts";

const { allowedOrigins, ...dependencies } = tokenRecognizerFromEnvironment();

export const handler = createLogout(dependencies, allowedOrigins);
