export { checkBytes, checkCodes, checkInteger, checkObject, checkText, describeValue } from "./arguments";
export { seededRandom } from "./seeded-random";
export { wasmModule } from "./wasm-module";
export { concurrency, startWorker, type WorkerPort } from "./worker-port";
