import { startWorker, type WorkerPort, wasmModule } from "@deep-compression/runtime";
import { type Arena, plainArena, wasmArena } from "./arena";
import { KERNELS_HEX } from "./kernels.generated";
import { runPlain } from "./plain-kernels";
import type { Program } from "./program";

/** What runs programs: WebAssembly on one or more threads, or the plain TypeScript twin on one. */
export interface Engine {
  readonly arena: Arena;
  readonly threads: number;
  /** Runs programs[t] on thread t for steps [first, first + steps), and returns when all are done. */
  run(programs: readonly Program[], options: { readonly first: number; readonly steps: number }): void;
  /** Ends the worker threads. */
  close(): Promise<void>;
}

// Words of the control block, as in assembly/program.ts.
const THREADS = 4;
const FIRST_STEP = 5;
const STEPS = 6;
const STOP = 7;
const PROGRAMS = 16;
const GENERATION = 0;

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

interface WorkerTask {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: number;
  /** Which of the threads; 0 is the caller's. */
  readonly thread: number;
}

/** Undefined where there is none, or not as much address space. */
function sharedMemory(): WebAssembly.Memory | undefined {
  try {
    return new WebAssembly.Memory({ initial: 16, maximum: MAXIMUM_PAGES, shared: true });
  } catch {
    return undefined;
  }
}

/** The caller's thread waits for threads at barriers, which a page's own thread must not. @throws RangeError */
function checkMayWait(threads: number): void {
  try {
    if (threads > 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
  } catch {
    throw new RangeError(`threads: expected 1, or a trainer in a Web Worker: a page must not wait, got ${threads}`);
  }
}

/** A worker, once it serves: the caller's thread will block soon, and browsers start no worker of a thread that does. */
function servingWorker(task: WorkerTask): Promise<WorkerPort> {
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
 * @throws RangeError if threads is not an integer from 1 to 64, or more than 1 on a thread that must not wait; Error where
 * WebAssembly lacks SIMD or shared memory
 */
export async function wasmEngine(options: { readonly threads: number }): Promise<Engine> {
  const { threads } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > 64)
    throw new RangeError(`threads: expected an integer from 1 to 64, got ${threads}`);
  checkMayWait(threads);
  const module = wasmModule(KERNELS_HEX);
  const memory = sharedMemory();
  if (module === undefined || memory === undefined) {
    throw new Error('kernels: no WebAssembly with SIMD and shared memory here (pages must be isolated): use "plain"');
  }
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const { heapBase, run } = instance.exports as Record<string, CallableFunction>;
  const arena = wasmArena(memory, heapBase());
  const control = arena.allocate(64 + 8 * threads);
  arena.ints(control, 16)[THREADS] = threads;
  const others = Array.from({ length: threads - 1 }, (_, index) => ({ module, memory, control, thread: index + 1 }));
  const workers = await Promise.all(others.map(servingWorker));
  let closed = false;
  return {
    arena,
    threads,
    run(programs, { first, steps }) {
      // Nobody would meet this thread at a barrier: it would wait for ever.
      if (closed) throw new Error("the trainer is closed: its threads have ended");
      const words = arena.ints(control, 16 + 2 * threads);
      words[FIRST_STEP] = first;
      words[STEPS] = steps;
      for (const [t, { address, length }] of programs.entries()) words.set([address, length], PROGRAMS + 2 * t);
      run(control);
    },
    async close() {
      closed = true;
      const words = arena.ints(control, 16);
      Atomics.store(words, STOP, 1);
      Atomics.add(words, GENERATION, 1);
      Atomics.notify(words, GENERATION);
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

/** The plain TypeScript twin: one thread, no WebAssembly. */
export function plainEngine(): Engine {
  const arena = plainArena();
  return {
    arena,
    threads: 1,
    run: (programs, options) => runPlain(arena, programs[0], options),
    close: async () => {},
  };
}
