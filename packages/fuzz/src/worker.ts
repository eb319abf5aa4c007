import { parentPort, workerData } from "node:worker_threads";
import { fuzz } from "./fuzz";
import { caseWriter } from "./watched-case";

// Errors are made and caught by the million; where a failure arose is found by running its case again.
Error.stackTraceLimit = 0;

const { shared, ...options } = workerData;
parentPort?.postMessage(await fuzz({ ...options, onCase: caseWriter(shared) }));
