// The entry of `npm start`: loads TypeScript in this process, so that signals reach the service directly. The command runs
// tools/check-environment.cjs first, because a flag such as `--import tsx` fails on an old Node.js with another message.
import { register } from "tsx/esm/api";

register();
await import("./start.ts");
