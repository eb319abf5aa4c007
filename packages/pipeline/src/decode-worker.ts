import { FormatError } from "@deep-compression/bits";
import { bundledDecoders } from "./decode-worker.generated";
import type { Decoders } from "./decoders";

/**
 * The text of a worker's script, which is that of a function: bundles hold the decoders once, and a page whose policy allows no
 * workers calls the same function. `__name` is what esbuild's `keepNames` calls within functions, and defines outside of them.
 */
export function decodeWorkerSource(): string {
  return `const __name = (named) => named; serve(() => (${bundledDecoders})().answer);`;
}

/** The decoders that workers run, for the thread that calls. */
export function workerDecoders(): Decoders {
  const { decodeTensor, dequantizeTensor, storedWeight, rawWeight } = bundledDecoders();
  return {
    decodeTensor: withOwnErrors(decodeTensor),
    dequantizeTensor: withOwnErrors(dequantizeTensor),
    storedWeight: withOwnErrors(storedWeight),
    rawWeight,
  };
}

/** The decoders have a FormatError of their own; who calls them is to meet that of `bits`. */
function withOwnErrors<A extends unknown[], R>(run: (...given: A) => R): (...given: A) => R {
  return (...given) => {
    try {
      return run(...given);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "FormatError") throw error;
      const { code, message, cause } = error as FormatError;
      throw new FormatError(code, message, { ...error, cause });
    }
  };
}
