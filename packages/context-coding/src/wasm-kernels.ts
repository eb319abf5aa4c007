import { kernelChoice } from "@deep-compression/runtime";
import { COUNT_LIMIT, stepTable } from "./adaptive-bit";
import { withinExpansionLimit } from "./expansion-limit";
import { KERNELS_TEXT } from "./kernels.generated";
import { lineMapDistance } from "./line-map";
import type { MatrixCounts } from "./live-lines";
import { STRETCH, squash } from "./logistic";
import { NEARNESS } from "./magnitude";
import type { MatrixKernels } from "./matrix-kernels";
import { densityByte, densityLogit, significanceBits } from "./matrix-model";
import type { MatrixShape } from "./matrix-shape";
import { followers, marginOf } from "./neighbours";
import { PLAIN_KERNELS } from "./plain-kernels";

type Address =
  | ("STRETCH" | "STEPS" | "FRESH_SIGNIFICANCE" | "NEARNESS")
  | ("LIVE_ROWS" | "LIVE_COLUMNS" | "FOLLOWERS" | "VALUES" | "BYTES");

/** What assembly/kernels.ts exports: its functions, and where in its memory things lie. */
type Exports = Readonly<Record<Address, WebAssembly.Global<"i32">>> & {
  readonly memory: WebAssembly.Memory;
  readonly layOut: (rows: number, columns: number, ...sizes: number[]) => number;
  readonly startEncoding: (bytes: number) => void;
  readonly startDecoding: (bytes: number, length: number) => void;
  readonly codeLines: (rows: number, count: number, distance: number) => number;
  readonly startRows: (columns: number, ...model: number[]) => void;
  readonly codeRows: (first: number, count: number) => number;
  readonly columnsHaveWeights: () => number;
  readonly finish: () => number;
  readonly endsWell: () => number;
};

/** Values that are copied into the kernels' memory at once, unless a row has more. */
const BLOCK_VALUES = 2 ** 16;

export const matrixKernels = /* @__PURE__ */ kernelChoice(KERNELS_TEXT, wasmKernels, PLAIN_KERNELS);

/** The steps by count, each with the place of the next count's in bytes. */
function stepEntries(): number[] {
  return Array.from(stepTable()).flatMap((step, count) => [step, 8 * Math.min(count + 1, COUNT_LIMIT)]);
}

/** The kernels in WebAssembly. What they refuse, or have no memory for, is done again by the plain ones, whose errors are told. */
function wasmKernels(kernels: Exports): MatrixKernels {
  const bytesAt = (address: Address) => new Uint8Array(kernels.memory.buffer, kernels[address].value);
  const wordsAt = (address: Address) => new Int32Array(kernels.memory.buffer, kernels[address].value);
  const valuesAt = () => new Int16Array(kernels.memory.buffer, kernels.VALUES.value);

  new Int16Array(kernels.memory.buffer, kernels.STRETCH.value).set(STRETCH);
  wordsAt("STEPS").set(stepEntries());
  wordsAt("FRESH_SIGNIFICANCE").set(significanceBits());
  bytesAt("NEARNESS").set(NEARNESS);

  function blockRows({ rows, columns }: MatrixShape): number {
    return Math.min(rows, Math.max(1, Math.floor(BLOCK_VALUES / columns)));
  }
  function layOut(shape: MatrixShape, byteLength: number): boolean {
    const { rows, columns, gridHeight, gridWidth } = shape;
    const places = gridHeight * gridWidth;
    const block = blockRows(shape) * columns;
    if (!kernels.layOut(rows, columns, places, marginOf(shape), block, byteLength)) return false;
    wordsAt("FOLLOWERS").set(followers(shape));
    return true;
  }
  function startRows(shape: MatrixShape, density: number): void {
    const { columns, gridHeight, gridWidth, lowest, highest } = shape;
    const logit = densityLogit(density);
    kernels.startRows(columns, gridHeight * gridWidth, marginOf(shape), squash(logit), logit, lowest, highest);
  }

  function encode(values: Int16Array, counts: MatrixCounts, shape: MatrixShape): Uint8Array {
    const { rows, columns } = shape;
    if (!layOut(shape, 0)) return PLAIN_KERNELS.encode(values, counts, shape);
    bytesAt("LIVE_ROWS").set(counts.rows);
    bytesAt("LIVE_COLUMNS").set(counts.columns);
    kernels.startEncoding(kernels.BYTES.value);
    const elements = kernels.codeLines(1, rows, 0) * kernels.codeLines(0, columns, lineMapDistance(shape));
    const density = densityByte(counts.weights, elements);
    startRows(shape, density);
    const step = blockRows(shape);
    for (let row = 0; row < rows; row += step) {
      const count = Math.min(step, rows - row);
      valuesAt().set(values.subarray(row * columns, (row + count) * columns));
      kernels.codeRows(row, count);
    }
    const length = kernels.finish();
    if (length < 0) return PLAIN_KERNELS.encode(values, counts, shape);
    const bytes = new Uint8Array(1 + length);
    bytes[0] = density;
    bytes.set(bytesAt("BYTES").subarray(0, length), 1);
    return bytes;
  }

  /** The values; undefined if the bytes are no stream, or too long for the memory. */
  function decoded(bytes: Uint8Array, shape: MatrixShape): Int16Array | undefined {
    const { rows, columns } = shape;
    if (!layOut(shape, bytes.length)) return undefined;
    bytesAt("BYTES").set(bytes.subarray(1));
    kernels.startDecoding(kernels.BYTES.value, bytes.length - 1);
    const liveRows = kernels.codeLines(1, rows, 0);
    if (liveRows <= 0) return undefined;
    const liveColumns = kernels.codeLines(0, columns, lineMapDistance(shape));
    const elements = liveRows * liveColumns;
    if (liveColumns <= 0 || !withinExpansionLimit(elements, bytes.length, shape.freeElements)) return undefined;
    const [density = 0] = bytes;
    startRows(shape, density);
    const values = new Int16Array(rows * columns);
    const step = blockRows(shape);
    let weights = 0;
    for (let row = 0; row < rows; row += step) {
      const count = Math.min(step, rows - row);
      const block = valuesAt()
        .subarray(0, count * columns)
        .fill(0);
      const found = kernels.codeRows(row, count);
      if (found < 0) return undefined;
      weights += found;
      values.set(block, row * columns);
    }
    if (!kernels.columnsHaveWeights() || !kernels.endsWell()) return undefined;
    return densityByte(weights, elements) === density ? values : undefined;
  }
  return { encode, decode: (bytes, shape) => decoded(bytes, shape) ?? PLAIN_KERNELS.decode(bytes, shape) };
}
