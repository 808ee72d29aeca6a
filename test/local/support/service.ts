import { type LocalOptions, type LocalService, startLocal } from "../../../local/local.ts";
import { type AssemblyParts, anAssembly } from "./assembly.ts";
import { atEnd } from "./clean-up.ts";

type ServiceParts = AssemblyParts &
  Partial<Omit<LocalOptions, "assembly">> & {
    /** Returns the parts that `/_local/deploy` deploys for these settings. @default the same parts */
    readonly redeployed?: (settings: Readonly<Record<string, string>>) => AssemblyParts;
  };

/** Starts a service for a stack of these parts, by default in memory. The service stops after the last test of the file. */
export const aService = async (parts: ServiceParts): Promise<LocalService> => {
  const { redeployed = () => parts } = parts;
  const service = await startLocal({
    port: 0,
    dataDirectory: undefined,
    ...parts,
    assembly: async (settings) => anAssembly(Object.keys(settings).length === 0 ? parts : redeployed(settings)),
  });
  atEnd(service.stop);
  return service;
};
