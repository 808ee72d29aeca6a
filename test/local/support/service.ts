import { type LocalOptions, type LocalService, startLocal } from "../../../local/local.ts";
import { type AssemblyParts, anAssembly } from "./assembly.ts";
import { atEnd } from "./clean-up.ts";

type ServiceParts = AssemblyParts & Partial<Omit<LocalOptions, "assembly">>;

/** Starts a service for a stack of these parts, in memory unless told otherwise, and ends it with the tests of the file. */
export const aService = async (parts: ServiceParts): Promise<LocalService> => {
  const assembly = anAssembly(parts);
  const service = await startLocal({ port: 0, dataDirectory: undefined, ...parts, assembly: async () => assembly });
  atEnd(service.stop);
  return service;
};
