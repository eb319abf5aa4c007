import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { RealModelResult } from "@deep-compression/experiments";
import { writeNpy } from "@deep-compression/model-io";
import { type Program, runCommand } from "./child-process";
import { gzipLength, losslessFigures } from "./lossless-figures";
import { shippedFile } from "./model-folder";
import { modelInputs } from "./model-inputs";
import type { NamedBytes } from "./model-round-trip";
import type { RealModel } from "./models";
import { isInstalled, peersFolder } from "./peers";

/** The files of a model, the main one first, by their names in its folder. */
export function modelFiles({ package: packageName, files }: RealModel): Promise<readonly NamedBytes[]> {
  return Promise.all(
    files.map(async ({ path }) => ({
      name: basename(path),
      bytes: new Uint8Array(await readFile(shippedFile(packageName, path))),
    })),
  );
}

/**
 * Compresses a model without loss, and by the command's defaults; runs what the defaults made on real input beside the
 * original, where onnxruntime runs it.
 *
 * @param options.folder a new one, for the files in between
 * @param options.program how the command is started. Default "built"
 */
export async function realModelFigures(
  model: RealModel,
  { folder, program }: { readonly folder: string; readonly program?: Program },
): Promise<RealModelResult> {
  const files = await modelFiles(model);
  const lossless = await losslessFigures(files);
  await mkdir(folder, { recursive: true });
  for (const { name, bytes } of files) await writeFile(join(folder, name), bytes);
  const main = join(folder, files[0]!.name);
  const stored = join(folder, "model.dcz");
  const { seconds } = await runCommand(["compress", main, "-o", stored], { folder, program });
  const bytes = await readFile(stored);
  return {
    name: model.name,
    format: model.format,
    ...lossless,
    defaultBytes: bytes.length,
    defaultGzipBytes: gzipLength(bytes),
    compressSeconds: seconds,
    ...(model.format === "onnx" ? await outputError(model, { main, stored, folder, program }) : {}),
  };
}

/** What `compare --json` prints of an output. */
interface OutputDifference {
  readonly relativeError: number | null;
  readonly top1?: { readonly rows: number; readonly same: number };
}

/** The largest relative error of any output, and of its scores the fraction whose largest stayed the largest. */
async function outputError(
  { name, scores }: RealModel,
  { main, stored, folder, program }: { main: string; stored: string; folder: string; program?: Program },
): Promise<Pick<RealModelResult, "outputErrorPercent" | "top1Percent">> {
  if (!isInstalled("onnxruntime-node")) throw new Error('onnxruntime-node is missing: run "npm run bench:peers" first');
  const options: string[] = [];
  for (const [input, tensor] of Object.entries(modelInputs(name))) {
    const file = join(folder, `input-${options.length}.npy`);
    await writeFile(file, writeNpy(tensor));
    options.push("--inputs", `${input}=${file}`);
  }
  const args = ["compare", main, stored, ...options, "--json"];
  const { out } = await runCommand(args, { folder, program, from: peersFolder() });
  const outputs: Readonly<Record<string, OutputDifference>> = JSON.parse(out).outputs;
  const errors = Object.entries(outputs).map(([output, { relativeError }]) => {
    // JSON has no NaN: null stands for what is no number.
    if (relativeError === null) throw new Error(`output "${output}" of the .dcz file is not finite`);
    return relativeError;
  });
  const top1 = scores === undefined ? undefined : outputs[scores]?.top1;
  return {
    outputErrorPercent: 100 * Math.max(...errors),
    ...(top1 ? { top1Percent: (100 * top1.same) / top1.rows } : {}),
  };
}
