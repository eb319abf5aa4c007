import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** A package that users install when they need it: from beside this package or from the current folder. */
export interface OptionalPackage {
  readonly name: string;
  /** What it is for, as in "which runs the models". */
  readonly use: string;
  /** How it is installed. */
  readonly advice: string;
}

/**
 * Where its main module is, as a URL.
 *
 * @throws Error that says how to install it
 */
export function locatePackage({ name, use, advice }: OptionalPackage): string {
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), "package.json"))]) {
    try {
      return pathToFileURL(createRequire(from).resolve(name)).href;
    } catch (cause) {
      if (!isMissing(cause)) throw cause;
    }
  }
  throw new Error(`${name}, ${use}, is not installed; ${advice}`);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND";
}
