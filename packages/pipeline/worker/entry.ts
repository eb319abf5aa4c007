import { type Port, serve } from "../src/decode-worker";

// `postMessage` is a global of a browser's worker only; Node has a port.
const threads = "postMessage" in globalThis ? undefined : process.getBuiltinModule("node:worker_threads");
serve((threads?.parentPort ?? globalThis) as Port);
