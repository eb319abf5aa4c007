import { type Codec, FormatError } from "@deep-compression/bits";
import { checkBytes, checkLength, checkTypedArray, type KernelOption } from "@deep-compression/runtime";
import { withinExpansionLimit } from "./expansion-limit";
import { countWeights } from "./live-lines";
import { type MatrixShape, matrixShape, type RankMatrix } from "./matrix-shape";
import { matrixKernels } from "./wasm-kernels";

/** What both sides of the codec must be told. */
export interface ContextCodingOptions extends RankMatrix, KernelOption {}

/** A codec of matrices of ranks. */
export interface ContextCoding extends Codec<Int16Array, Uint8Array> {
  /**
   * Bytes that a matrix takes, which encodes it; Infinity if so few of its elements are weights that it has no encoding.
   *
   * @throws TypeError, RangeError as `encode` for other arrays
   */
  byteLength(values: Int16Array): number;
  /** As `encode`, but undefined for a matrix that has no encoding. @throws TypeError, RangeError as `encode` for other arrays */
  tryEncode(values: Int16Array): Uint8Array | undefined;
}

/**
 * The codec of a matrix of ranks, rows x columns, by row: small integers in `lowest`..`highest` of which most may be 0. Each is
 * coded by what stands around it, by an adaptive range coder (docs/format.md, "Context"). A matrix of zeros has no bytes.
 *
 * `decode` takes memory for rows x columns elements, which are the caller's word: check them against what they are for.
 *
 * @throws TypeError, RangeError on wrong arguments
 * @throws RangeError in `encode` if there are not as many values, one is out of range, or a byte would tell of too many elements
 * @throws FormatError in `decode` unless the bytes are the ones that encoding the matrix gives: "not-canonical",
 * "trailing-data"; "limit-exceeded" if they are too few for the elements of live rows and columns
 */
export function contextCoding(options: ContextCodingOptions): ContextCoding {
  const shape = matrixShape(options);
  const kernels = matrixKernels(options.kernels);

  function tryEncode(values: Int16Array): Uint8Array | undefined {
    checkTypedArray("values", values, Int16Array);
    checkLength("values", values.length, shape.rows * shape.columns);
    const counts = countWeights(values, shape);
    if (counts.weights === 0) return new Uint8Array(0);
    const bytes = kernels.encode(values, counts, shape);
    const elements = ones(counts.rows) * ones(counts.columns);
    return withinExpansionLimit(elements, bytes.length, shape.freeElements) ? bytes : undefined;
  }
  return Object.freeze({
    name: "contextCoding",
    byteLength: (values: Int16Array) => tryEncode(values)?.length ?? Number.POSITIVE_INFINITY,
    tryEncode,
    encode(values: Int16Array) {
      const bytes = tryEncode(values);
      if (bytes !== undefined) return bytes;
      throw new RangeError("values: expected fewer zeros a byte, got so few weights that no reader takes them");
    },
    decode(bytes: Uint8Array) {
      checkBytes("bytes", bytes);
      if (bytes.length === 0) return new Int16Array(shape.rows * shape.columns);
      checkNotEmpty(shape);
      return kernels.decode(bytes, shape);
    },
  });
}

function ones(flags: Uint8Array): number {
  return flags.reduce((sum, flag) => sum + flag, 0);
}

/** @throws FormatError "trailing-data" if all matrices of the shape are zeros, which have no bytes */
function checkNotEmpty({ rows, columns, lowest, highest }: MatrixShape): void {
  if (rows * columns > 0 && lowest < highest) return;
  throw new FormatError("trailing-data", "bytes where all is zero", { offset: 0 });
}
