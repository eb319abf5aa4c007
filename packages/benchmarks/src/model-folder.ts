import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { RealModel } from "./models";

// Models and data live in a folder of their own, which `npm run bench:models` fills, outside the workspaces.
const MODELS = new URL("../models/", import.meta.url);
const fromModels = createRequire(new URL("package.json", MODELS));

/** The path of a file that one of the packages ships, installed or not. */
export function shippedFile(packageName: string, path: string): string {
  return fileURLToPath(new URL(`node_modules/${packageName}/${path}`, MODELS));
}

/** The path of a model's main file. */
export function mainFile({ package: packageName, files }: RealModel): string {
  return shippedFile(packageName, files[0]!.path);
}

/** Whether all files of a model are there. */
export function isModelInstalled({ package: packageName, files }: RealModel): boolean {
  return files.every(({ path }) => existsSync(shippedFile(packageName, path)));
}

/** Loads a package of the folder. `Module` states the part of its interface that is used. */
export function loadModelPackage<Module>(name: string): Module {
  return fromModels(name);
}
