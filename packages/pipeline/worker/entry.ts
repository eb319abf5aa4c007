import { serve } from "../src/decode-worker";

// `postMessage` is a global of a browser's worker only; Node has a port.
serve("postMessage" in globalThis ? globalThis : process.getBuiltinModule("node:worker_threads").parentPort);
