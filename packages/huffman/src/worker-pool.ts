import { concurrency, startWorker, type WorkerPort } from "@deep-compression/runtime";
import { WORKER_SOURCE } from "./worker-source";

/** Chunks that lie one behind the other, to be decoded by a worker. */
export interface DecodeTask {
  /** Of all codes, one behind the other: see round-table.ts. */
  readonly tables: Int32Array;
  /** By chunk. */
  readonly codeOf: Uint8Array;
  readonly lengths: Uint32Array;
  readonly symbolBytes: number;
  /** Symbols of all chunks. */
  readonly count: number;
  /** Their place, on shared memory; without one the worker sends an array of its own. */
  readonly output: Uint8Array | undefined;
  /** The bytes of the chunks, which must not change until the answer. What is not on shared memory is copied for the worker. */
  readonly input: Uint8Array;
}

/** Whether workers see the array itself. */
export function onSharedMemory({ buffer }: Uint8Array): boolean {
  return typeof SharedArrayBuffer !== "undefined" && buffer instanceof SharedArrayBuffer;
}

/** What a worker answers. */
export interface DecodeAnswer {
  readonly valid: boolean;
  readonly symbols?: Uint8Array;
}

export interface WorkerPool {
  run(task: DecodeTask): Promise<DecodeAnswer>;
  close(): Promise<void>;
}

/** Tasks that a worker has at once: one to work on, one that waits, so that it never does. */
const TASKS_A_WORKER = 2;

function postTask(port: WorkerPort, task: DecodeTask, id: number): void {
  if (onSharedMemory(task.input)) {
    port.post({ ...task, id }, []);
  } else {
    const input = new Uint8Array(task.input);
    port.post({ ...task, id, input }, [input.buffer]);
  }
}

/** Workers that take tasks from one queue. */
export function workerPool(module: WebAssembly.Module, workers = concurrency()): WorkerPool {
  type Queued = {
    readonly task: DecodeTask;
    readonly resolve: (answer: DecodeAnswer) => void;
    readonly reject: (error: unknown) => void;
  };
  const queue: Queued[] = [];
  const running = new Map<number, Queued>();
  const ports: { readonly port: WorkerPort; tasks: number }[] = [];
  let lastId = 0;
  let failure: unknown;

  function fail(error: unknown): void {
    failure = error;
    for (const { reject } of [...running.values(), ...queue.splice(0)]) reject(error);
    running.clear();
  }
  function feed(worker: { readonly port: WorkerPort; tasks: number }): void {
    while (worker.tasks < TASKS_A_WORKER && queue.length > 0) {
      const next = queue.shift() as Queued;
      const id = ++lastId;
      try {
        postTask(worker.port, next.task, id);
        running.set(id, next);
        worker.tasks++;
      } catch (error) {
        next.reject(error);
      }
    }
    worker.port.hold(worker.tasks > 0 ? "busy" : "idle");
  }
  function start(): void {
    const worker = { tasks: 0, port: startWorker(WORKER_SOURCE, { onMessage, onError: fail }) };
    function onMessage(message: unknown): void {
      const { id, ...answer } = message as DecodeAnswer & { readonly id: number };
      worker.tasks--;
      running.get(id)?.resolve(answer);
      running.delete(id);
      feed(worker);
    }
    worker.port.post({ module }, []);
    ports.push(worker);
  }
  for (let i = 0; i < workers; i++) start();

  return {
    run: (task) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        queue.push({ task, resolve, reject });
        for (const worker of ports) feed(worker);
      }),
    async close() {
      fail(new Error("the pool is closed"));
      await Promise.all(ports.map(({ port }) => port.close()));
    },
  };
}
