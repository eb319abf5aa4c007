export {
  checkBytes,
  checkChoice,
  checkCodes,
  checkFloats,
  checkInteger,
  checkLength,
  checkList,
  checkNumber,
  checkNumbers,
  checkObject,
  checkText,
  checkTypedArray,
  describeValue,
  type Limits,
  MAX_ARRAY_BYTES,
} from "./arguments";
export { breather } from "./breather";
export { type KernelName, type KernelOption, kernelChoice } from "./kernel-choice";
export { quoted, quotedList, shapeText, shortened, shown } from "./message-text";
export { seededRandom } from "./seeded-random";
export { uninitializedBytes } from "./uninitialized-bytes";
export { wasmModule } from "./wasm-module";
export { checkThreads, type Sent, type WorkerPool, workerPool } from "./worker-pool";
export { startWorker, type WorkerPort } from "./worker-port";
