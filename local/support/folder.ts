import { accessSync, constants, mkdirSync } from "node:fs";
import { StartError } from "./start-error.ts";

/** Returns true if this user can create files in the folder. Creates the folder if the folder does not exist. */
export const isWritableFolder = (folder: string): boolean => findProblem(folder) === undefined;

/**
 * Creates the data folder if the folder does not exist, and checks that this user can create files there.
 * @throws StartError that says what to do
 */
export const requireDataFolder = (folder: string): void => {
  const problem = findProblem(folder);
  if (problem === undefined) return;
  throw new StartError(
    `The data folder ${folder} cannot be used: ${problem}. Choose another one with --data, or use --memory.`,
  );
};

const findProblem = (folder: string): string | undefined => {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return PROBLEMS[code] ?? (error instanceof Error ? error.message : String(error));
  }
};

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of the path is a file",
  EEXIST: "the path is a file",
};
