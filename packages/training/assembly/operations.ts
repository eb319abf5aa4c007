/**
 * What an operand is: an address in bytes, an integer or a float, each a word of the instruction; or what the
 * interpreter itself gives to the kernel: the step that it runs, and the address of the threads' control words.
 */
export type OperandKind = "address" | "integer" | "float" | "step" | "control";

/** Which samples a gather takes: those at `order`[step * batch + firstRow + row], of `count`. */
const ROWS_OF_BATCH = { count: "integer", batch: "integer", firstRow: "integer" } as const;

const REGULAR = { decay: "float", l1: "float", step: "step" } as const;

/** What both optimizers read: n weights, the threads' gradients (`stride` bytes apart). */
const WEIGHTS = { n: "integer", w: "address", gradients: "address", stride: "integer", threads: "integer" } as const;

/** A kernel that slides over planes, in cells of them. */
const SLIDING = {
  height: "integer", width: "integer", kernelHeight: "integer", kernelWidth: "integer",
  strideY: "integer", strideX: "integer", dilationY: "integer", dilationX: "integer",
} as const;

const UNROLLED = { channels: "integer", images: "integer", total: "integer", ...SLIDING } as const;

const DEPTHWISE = { channels: "integer", multiplier: "integer", images: "integer", ...SLIDING } as const;

const WINDOWS = {
  planes: "integer", height: "integer", width: "integer", outHeight: "integer", outWidth: "integer", kernelHeight: "integer",
  kernelWidth: "integer", strideY: "integer", strideX: "integer", padY: "integer", padX: "integer",
} as const;

/**
 * The operations of a training program and their operands, in order: the only list of them. The compiler's instructions
 * (../src/program.ts) and the plain kernels (../src/plain-kernels.ts) take their types from it, and compile.mjs makes
 * the interpreter's dispatch of it, with which the kernels of this folder must agree to the name. An operation is known
 * in a program by its place in this table.
 */
export const OPERATIONS = {
  barrier: { control: "control" },
  clear: { address: "address", bytes: "integer" },
  copy: { bytes: "integer", from: "address", to: "address" },
  fill: { n: "integer", address: "address", value: "float" },
  gatherBytes: { rows: "integer", size: "integer", data: "address", order: "address", ...ROWS_OF_BATCH, scale: "float", out: "address", step: "step" },
  gatherFloats: { rows: "integer", size: "integer", data: "address", order: "address", ...ROWS_OF_BATCH, out: "address", step: "step" },
  gatherLabels: { rows: "integer", labels: "address", order: "address", ...ROWS_OF_BATCH, out: "address", step: "step" },
  gemm: {
    m: "integer", n: "integer", k: "integer", a: "address", lda: "integer", transposeA: "integer", b: "address", ldb: "integer",
    transposeB: "integer", c: "address", ldc: "integer", accumulate: "integer", scratch: "address",
  },
  addRowBias: { rows: "integer", columns: "integer", y: "address", bias: "address" },
  addChannelBias: { channels: "integer", length: "integer", y: "address", bias: "address" },
  columnSums: { rows: "integer", columns: "integer", x: "address", out: "address" },
  channelSums: { channels: "integer", length: "integer", x: "address", out: "address" },
  relu: { n: "integer", x: "address" },
  reluGradient: { n: "integer", dy: "address", y: "address" },
  dropout: {
    n: "integer", x: "address", factors: "address", site: "integer", threshold: "integer", scale: "float", scalars: "address", step: "step",
  },
  multiply: { n: "integer", a: "address", b: "address" },
  add: { n: "integer", a: "address", b: "address", y: "address" },
  clip: { n: "integer", x: "address", low: "float", high: "float" },
  clipGradient: { n: "integer", dy: "address", y: "address", low: "float", high: "float" },
  copyPlanes: {
    planes: "integer", rows: "integer", columns: "integer", from: "address", fromPlane: "integer", fromRow: "integer",
    fromColumn: "integer", to: "address", toPlane: "integer", toRow: "integer", toColumn: "integer",
  },
  im2col: { ...UNROLLED, x: "address", columns: "address" },
  col2im: { ...UNROLLED, columns: "address", x: "address" },
  depthwise: { ...DEPTHWISE, x: "address", w: "address", y: "address" },
  depthwiseInputGradient: { ...DEPTHWISE, dy: "address", w: "address", dx: "address" },
  depthwiseWeightGradient: { ...DEPTHWISE, dy: "address", x: "address", dw: "address" },
  normalize: {
    channels: "integer", length: "integer", x: "address", mean: "address", variance: "address", epsilon: "float", scale: "address",
    bias: "address", y: "address",
  },
  normalizeGradient: {
    channels: "integer", length: "integer", dy: "address", x: "address", mean: "address", variance: "address", epsilon: "float",
    scale: "address", dScale: "address", dx: "address",
  },
  maxPool: { planes: "integer", height: "integer", width: "integer", x: "address", y: "address", argmax: "address" },
  maxPoolGradient: { n: "integer", size: "integer", dy: "address", argmax: "address", dx: "address" },
  maxPoolWindows: { ...WINDOWS, x: "address", y: "address", argmax: "address" },
  maxPoolWindowsGradient: { n: "integer", size: "integer", dy: "address", argmax: "address", dx: "address" },
  planeMeans: { planes: "integer", length: "integer", x: "address", y: "address" },
  planeMeansGradient: { planes: "integer", length: "integer", dy: "address", dx: "address" },
  channelsToRows: { channels: "integer", images: "integer", length: "integer", x: "address", rows: "address" },
  rowsToChannels: { channels: "integer", images: "integer", length: "integer", rows: "address", x: "address" },
  softmaxCrossEntropy: {
    rows: "integer", classes: "integer", logits: "address", labels: "address", soft: "address", fraction: "float",
    temperature: "float", gradient: "address", batch: "integer", loss: "address", scratch: "address",
  },
  squaredError: { n: "integer", y: "address", targets: "address", factor: "float", gradient: "address", loss: "address" },
  countErrors: { rows: "integer", classes: "integer", logits: "address", labels: "address", ...ROWS_OF_BATCH, errors: "address", step: "step" },
  storeRows: { rows: "integer", size: "integer", source: "address", target: "address", ...ROWS_OF_BATCH, step: "step" },
  trackColumns: { rows: "integer", columns: "integer", x: "address", squares: "address", decay: "float" },
  trackRows: { rows: "integer", length: "integer", x: "address", squares: "address", decay: "float" },
  sgd: { ...WEIGHTS, velocity: "address", mask: "address", scalars: "address", momentum: "float", ...REGULAR },
  adam: { ...WEIGHTS, first: "address", second: "address", mask: "address", scalars: "address", beta1: "float", beta2: "float", rateScale: "float", ...REGULAR },
  groupSums: { n: "integer", size: "integer", gradients: "address", codes: "address", sums: "address" },
  dequantize: { n: "integer", centroids: "address", codes: "address", w: "address" },
} as const satisfies Readonly<Record<string, Readonly<Record<string, OperandKind>>>>;
