import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { losslessRoundTrip, type NamedBytes } from "./model-round-trip";

/** What storing a model without loss comes to. */
export interface LosslessFigures {
  readonly originalBytes: number;
  /** Of all files of the model, one behind the other. */
  readonly gzipBytes: number;
  readonly losslessBytes: number;
  /** The .dcz file, packed again. */
  readonly losslessGzipBytes: number;
  /** Whether each restored file has the SHA-256 of its original. */
  readonly isSame: boolean;
}

/** Measures it. @throws whatever compressing or restoring throws */
export async function losslessFigures(files: readonly NamedBytes[]): Promise<LosslessFigures> {
  const original = Buffer.concat(files.map(({ bytes }) => bytes));
  const { stored, restored } = await losslessRoundTrip(files);
  return {
    originalBytes: original.length,
    gzipBytes: gzipLength(original),
    losslessBytes: stored.length,
    losslessGzipBytes: gzipLength(stored),
    isSame: fingerprints(files) === fingerprints(restored),
  };
}

/** Bytes of what `gzip -9` makes. */
export function gzipLength(bytes: Uint8Array): number {
  return gzipSync(bytes, { level: 9 }).length;
}

/** SHA-256 of each file, with its name where there are several: whoever restores a single one names it. */
function fingerprints(files: readonly NamedBytes[]): string {
  const all = files.map(({ name, bytes }) => {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return files.length > 1 ? `${name} ${sha256}` : sha256;
  });
  return all.sort().join();
}
