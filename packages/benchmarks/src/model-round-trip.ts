import { bytesSource } from "@deep-compression/bits";
import { readModel, writeModel } from "@deep-compression/model-io";
import { compress, open } from "@deep-compression/pipeline";

/** A file of a model in memory. */
export interface NamedBytes {
  /** Relative to the model's folder. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Options of the command that keep every tensor bit for bit. */
export const LOSSLESS_OPTIONS: readonly string[] = ["--sparsity", "0", "--max-error", "0"];

/**
 * Stores a model without loss and restores its files.
 *
 * @param files the main file first
 * @returns the bytes of the .dcz file, and the files that came out of it
 */
export async function losslessRoundTrip(
  files: readonly NamedBytes[],
): Promise<{ readonly stored: Uint8Array; readonly restored: readonly NamedBytes[] }> {
  const [main] = files as readonly [NamedBytes];
  const network = readModel(main.bytes, { name: main.name });
  const { bytes: stored } = compress(network, { default: { share: "none" } });
  const again = await (await open(bytesSource(stored))).network();
  return { stored, restored: [{ name: main.name, bytes: writeModel(again, { name: main.name }) }] };
}
