import { type Arena, plainArena, wasmArena } from "./arena";
import { kernelsHex } from "./kernels.generated";
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
const { workerData: { module, memory, control, thread } } = require("node:worker_threads");
new WebAssembly.Instance(module, { env: { memory } }).exports.serve(control, thread);
`;

function decodeHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

async function startWorkers(module: WebAssembly.Module, memory: WebAssembly.Memory, control: number, threads: number) {
  if (threads === 1) return [];
  const { Worker } = await import("node:worker_threads");
  return Array.from({ length: threads - 1 }, (_, index) => {
    const worker = new Worker(WORKER, { eval: true, workerData: { module, memory, control, thread: index + 1 } });
    worker.unref();
    return worker;
  });
}

/**
 * An engine on WebAssembly SIMD with shared memory; `threads` - 1 worker threads (Node only).
 * @throws RangeError if threads is not an integer from 1 to 64.
 */
export async function wasmEngine(options: { readonly threads: number }): Promise<Engine> {
  const { threads } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > 64)
    throw new RangeError(`threads: expected an integer from 1 to 64, got ${threads}`);
  const memory = new WebAssembly.Memory({ initial: 16, maximum: MAXIMUM_PAGES, shared: true });
  const module = await WebAssembly.compile(decodeHex(kernelsHex));
  const instance = await WebAssembly.instantiate(module, { env: { memory } });
  const { heapBase, run } = instance.exports as Record<string, CallableFunction>;
  const arena = wasmArena(memory, heapBase());
  const control = arena.allocate(64 + 8 * threads);
  arena.ints(control, 16)[THREADS] = threads;
  const workers = await startWorkers(module, memory, control, threads);
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
      await Promise.all(workers.map((worker) => worker.terminate()));
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
