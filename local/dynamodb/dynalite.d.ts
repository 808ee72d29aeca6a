// dynalite ships no types; these are the options and the server that are used here.
declare module "dynalite" {
  import type { Server } from "node:http";

  export default function dynalite(options?: {
    /** LevelDB folder. @default in memory */
    readonly path?: string;
    /** How long tables stay in CREATING, DELETING and UPDATING, in milliseconds. @default 500 */
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }): Server;
}
