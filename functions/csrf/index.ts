import { httpOptionsFromEnvironment } from "../../shared/wiring/http-options.ts";
import { tokenRecognizerFromEnvironment } from "../../shared/wiring/token-recognition.ts";
import { createCsrf } from "./handler.ts";

export const handler = createCsrf(tokenRecognizerFromEnvironment(), httpOptionsFromEnvironment());
