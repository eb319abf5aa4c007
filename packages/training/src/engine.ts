import { startWorker, type WorkerPort, wasmModule } from "@deep-compression/runtime";
import { Control } from "../assembly/words";
import { type Arena, createArena, plainArena, withScope } from "./arena";
import { KERNELS_TEXT } from "./kernels.generated";
import { type Program, placeProgram } from "./program";
import { runPlain } from "./run-plain";

/** The steps [first, first + steps) of a run. */
export interface StepRange {
  readonly first: number;
  readonly steps: number;
}

/** What runs programs: WebAssembly on one or more threads, or the plain kernels on one. */
export interface Engine {
  readonly arena: Arena;
  readonly threads: number;
  /** Runs programs[t] on thread t for these steps, and returns when all are done. */
  run(programs: readonly Program[], range: StepRange): void;
  /** Ends the worker threads. */
  close(): Promise<void>;
}

/** 4 GiB of address space; pages are taken as they are needed. */
const MAXIMUM_PAGES = 65536;

/** A worker is an instance on the same memory that serves until told to stop; it needs no code of ours. */
const WORKER = `
const port = globalThis.postMessage ? globalThis : process.getBuiltinModule("node:worker_threads").parentPort;
function serve({ module, memory, control, thread }) {
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  port.postMessage("ready");
  instance.exports.serve(control, thread);
}
if (port.on) port.on("message", serve);
else port.onmessage = ({ data }) => serve(data);
`;

/** Undefined where there is none, or not as much address space. */
function sharedMemory(): WebAssembly.Memory | undefined {
  try {
    return new WebAssembly.Memory({ initial: 16, maximum: MAXIMUM_PAGES, shared: true });
  } catch {
    return undefined;
  }
}

/**
 * The caller's thread waits for threads at barriers, which a page's own thread must not.
 * @throws RangeError if it must not wait and there is more than one thread.
 */
function checkMayWait(threads: number): void {
  try {
    if (threads > 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
  } catch {
    throw new RangeError(`threads: expected 1, or a trainer in a Web Worker: a page must not wait, got ${threads}`);
  }
}

/** A worker, once it serves: the caller's thread will block soon, and browsers start no worker of a thread that does. */
function servingWorker(task: object): Promise<WorkerPort> {
  return new Promise((resolve, reject) => {
    const port = startWorker(WORKER, {
      onMessage() {
        port.hold("idle");
        resolve(port);
      },
      onError: reject,
    });
    port.hold("busy");
    port.post(task, []);
  });
}

/**
 * An engine on WebAssembly SIMD with shared memory; `threads` - 1 workers besides the caller's thread.
 *
 * @throws RangeError if threads is not an integer from 1 to 64, or more than 1 on a thread that must not wait.
 * @throws Error if WebAssembly lacks SIMD or shared memory.
 */
export async function wasmEngine(options: { readonly threads: number }): Promise<Engine> {
  const { threads } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > 64)
    throw new RangeError(`threads: expected an integer from 1 to 64, got ${threads}`);
  checkMayWait(threads);
  const module = wasmModule(KERNELS_TEXT);
  const memory = sharedMemory();
  if (module === undefined || memory === undefined) {
    throw new Error('kernels: no WebAssembly with SIMD and shared memory here (pages must be isolated): use "plain"');
  }
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const { heapBase, run } = instance.exports as { heapBase(): number; run(control: number): void };
  const arena = createArena(memory, heapBase());
  const controlWords = Control.Programs + 2 * threads;
  const control = arena.allocate(4 * controlWords);
  arena.ints(control, controlWords)[Control.Threads] = threads;
  const others = Array.from({ length: threads - 1 }, (_, index) => ({ module, memory, control, thread: index + 1 }));
  const workers = await Promise.all(others.map(servingWorker));
  let closed = false;
  return {
    arena,
    threads,
    run(programs, { first, steps }) {
      // Nobody would meet this thread at a barrier: it would wait for ever.
      if (closed) throw new Error("the trainer is closed: its threads have ended");
      withScope(arena, (scope) => {
        const addresses = programs.map((program) => placeProgram(arena, scope, program));
        const words = arena.ints(control, controlWords);
        words[Control.FirstStep] = first;
        words[Control.Steps] = steps;
        for (const [t, { length }] of programs.entries()) words.set([addresses[t]!, length], Control.Programs + 2 * t);
        run(control);
      });
    },
    async close() {
      closed = true;
      const words = arena.ints(control, controlWords);
      Atomics.store(words, Control.Stop, 1);
      Atomics.add(words, Control.Generation, 1);
      Atomics.notify(words, Control.Generation);
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

/** The plain kernels: one thread, no WebAssembly. */
export function plainEngine(): Engine {
  const arena = plainArena();
  return {
    arena,
    threads: 1,
    run: (programs, range) => runPlain(arena, programs[0]!, range),
    close: async () => {},
  };
}
