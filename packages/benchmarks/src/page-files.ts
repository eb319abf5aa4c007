import { readFile } from "node:fs/promises";
import { relativeDifference } from "./agreement";
import { compressedModel } from "./calibrated-model";
import { calibrationInputs, isCalibrated } from "./calibration-inputs";
import { fileAtDefaults } from "./file-at-defaults";
import { mainFile } from "./model-folder";
import type { RealModel } from "./models";
import { outputsInRuntime } from "./onnxruntime-session";
import { inTemporaryFolder } from "./temporary-folder";

/** A `.dcz` file that a page downloads, and what rows of figures tell of it. */
export interface PageFile {
  readonly bytes: Uint8Array;
  readonly note: string;
}

/**
 * How a model is compressed for a page: fitted to inputs of the kind that it meets, where there are any, or by the command's defaults.
 */
export const PAGE_FILES = { calibrated: calibratedFile, "at the defaults": defaultFile } as const;

const made = new Map<string, Promise<PageFile>>();

/**
 * What `compress MODEL --calibrate INPUTS` makes, without another option: outputs off by 1 % at most on inputs that it holds out
 * itself. The note says ||y - y'|| / ||y|| of the output that is off most on inputs that it has not seen, by onnxruntime. Made once
 * in a process, since it takes minutes.
 */
function calibratedFile(model: RealModel): Promise<PageFile> {
  if (!isCalibrated(model)) return defaultFile(model);
  const file = made.get(model.name) ?? inTemporaryFolder((folder) => makeCalibrated(model, folder));
  made.set(model.name, file);
  return file;
}

async function makeCalibrated(model: RealModel, folder: string): Promise<PageFile> {
  const { calibration, unseen } = await calibrationInputs(model);
  const inputs = calibration.map(({ arrays }) => arrays);
  const { stored, restored } = await compressedModel(mainFile(model), { folder, inputs });
  const right = await outputsInRuntime(mainFile(model), unseen, 1);
  const found = await outputsInRuntime(restored, unseen, 1);
  const errors = Object.entries(right).map(([name, values]) => relativeDifference(found[name]!, values));
  const percent = (100 * Math.max(...errors)).toPrecision(2);
  return { bytes: await readFile(stored), note: `calibrated (outputs off by ${percent} % on other inputs)` };
}

async function defaultFile(model: RealModel): Promise<PageFile> {
  return { bytes: await fileAtDefaults(mainFile(model)), note: "at the defaults" };
}
