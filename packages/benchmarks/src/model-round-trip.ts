import { bytesSource } from "@deep-compression/bits";
import { openModel } from "@deep-compression/model-io";
import { compressModel, defaultPlan, open } from "@deep-compression/pipeline";

/** A file of a model in memory. */
export interface NamedBytes {
  /** Relative to the model's folder. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Options of the command that keep every tensor bit for bit. */
export const LOSSLESS_OPTIONS: readonly string[] = ["--lossless"];

/**
 * Stores a model without loss and restores its files.
 *
 * @param files the main file first
 * @returns the bytes of the .dcz file, and the files that came out of it
 */
export async function losslessRoundTrip(
  files: readonly NamedBytes[],
): Promise<{ readonly stored: Uint8Array; readonly restored: readonly NamedBytes[] }> {
  const [main, ...others] = files as readonly [NamedBytes, ...NamedBytes[]];
  const model = await openModel(bytesSource(main.bytes), {
    name: main.name,
    async folder(name) {
      const file = others.find((other) => other.name === name);
      return file && bytesSource(file.bytes);
    },
  });
  const { bytes: stored } = await compressModel(model, defaultPlan(model.network, { lossless: true }));
  const opened = await open(bytesSource(stored));
  const restored = opened.files.map(async ({ name, source }) => ({ name, bytes: await source.slice(0) }));
  return { stored, restored: await Promise.all(restored) };
}
