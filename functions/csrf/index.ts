import { tokenRecognizerFromEnvironment } from "../../shared/wiring/token-recognition.ts";
import { createCsrf } from "./handler.ts";

const { allowedOrigins, ...dependencies } = tokenRecognizerFromEnvironment();

export const handler = createCsrf(dependencies, allowedOrigins);
