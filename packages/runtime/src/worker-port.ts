import type { Worker as NodeWorker } from "node:worker_threads";

/** A worker of Node or of a browser. */
export interface WorkerPort {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  /** Whether the process, in Node, waits for this worker. */
  hold(state: "busy" | "idle"): void;
  close(): Promise<void>;
}

interface Listeners {
  readonly onMessage: (message: unknown) => void;
  readonly onError: (error: unknown) => void;
}

/** Starts a worker that runs `source`. There is no file to fetch, and Node's modules are asked for only where they are. */
export function startWorker(source: string, listeners: Listeners): WorkerPort {
  const threads = nodeThreads();
  return threads === undefined ? startWebWorker(source, listeners) : startThread(threads.Worker, source, listeners);
}

/** Threads that the machine runs at once, as far as known. */
export function concurrency(): number {
  const os = nodeProcess()?.getBuiltinModule("node:os");
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 2;
}

function nodeProcess(): NodeJS.Process | undefined {
  return typeof process !== "undefined" && "getBuiltinModule" in process ? process : undefined;
}

function nodeThreads(): typeof import("node:worker_threads") | undefined {
  return nodeProcess()?.getBuiltinModule("node:worker_threads");
}

function startThread(Worker: typeof NodeWorker, source: string, { onMessage, onError }: Listeners): WorkerPort {
  const worker = new Worker(source, { eval: true, execArgv: [] });
  worker.on("message", onMessage);
  worker.on("messageerror", onError);
  worker.on("error", onError);
  worker.unref();
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    hold: (state) => (state === "busy" ? worker.ref() : worker.unref()),
    close: async () => {
      await worker.terminate();
    },
  };
}

function startWebWorker(source: string, { onMessage, onError }: Listeners): WorkerPort {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onmessageerror = () => onError(new Error("a message of the worker cannot be read"));
  worker.onerror = (event) => onError(new Error(event.message));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    hold() {},
    close: async () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
