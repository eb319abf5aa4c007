export { checkBytes, checkCodes, checkInteger, checkObject, checkText, describeValue, MAX_ARRAY_BYTES } from "./arguments";
export { seededRandom } from "./seeded-random";
export { wasmModule } from "./wasm-module";
export { concurrency, startWorker, type WorkerPort } from "./worker-port";
