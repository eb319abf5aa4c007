import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeNpy } from "@deep-compression/model-io";
import { type Program, runCommand } from "./child-process";
import type { NamedArrays } from "./onnxruntime-session";
import { peersFolder } from "./peers";

/** A model that the command has compressed, and restored. */
export interface CalibratedModel {
  readonly bytes: number;
  /** Of the command, all included. */
  readonly seconds: number;
  /** The path of the `.dcz` file. */
  readonly stored: string;
  /** The path of the ONNX file that came back. */
  readonly restored: string;
}

/**
 * `compress MODEL`, with `--target-size` where a size is said and `--calibrate` where there are inputs, then `restore`; with onnxruntime
 * at hand.
 *
 * @param options.folder for the files in between, made if need be
 */
export async function compressedModel(
  model: string,
  options: {
    readonly folder: string;
    readonly targetBytes?: number;
    /** Sets of arrays by the name of the input. */
    readonly inputs?: readonly NamedArrays[];
    readonly program?: Program;
  },
): Promise<CalibratedModel> {
  const { folder, targetBytes, inputs = [], program = "built" } = options;
  await mkdir(folder, { recursive: true });
  const [stored, restored] = [join(folder, "model.dcz"), join(folder, "restored.onnx")];
  const calibrate: string[] = [];
  for (const [i, [name, array]] of inputs.flatMap((arrays) => Object.entries(arrays)).entries()) {
    const path = join(folder, `input-${i}.npy`);
    await writeFile(path, writeNpy(array));
    calibrate.push("--calibrate", `${name}=${path}`);
  }
  const where = { folder, from: peersFolder(), program };
  const size = targetBytes === undefined ? [] : ["--target-size", String(Math.floor(targetBytes))];
  const { seconds, out } = await runCommand(["compress", model, "-o", stored, ...size, ...calibrate, "--json"], where);
  await runCommand(["restore", stored, "-o", restored], where);
  const { ledger } = JSON.parse(out);
  return { bytes: ledger.fileBytes, seconds, stored, restored };
}
