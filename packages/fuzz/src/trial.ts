import { getHeapStatistics } from "node:v8";
import { FormatError } from "@deep-compression/bits";
import type { FuzzCase } from "./fuzz-case";

/** A decoder under test. */
export interface Target {
  readonly name: string;
  /** Most that each of a case's numbers may be, so that what it declares stays small. */
  readonly maxNumbers: readonly number[];
  /** Bytes of output that a case asks for by its numbers; what it asks for by its bytes comes on top. */
  readonly declaredBytes: (numbers: readonly number[], bytes: Uint8Array) => number;
  /**
   * Decodes and checks.
   *
   * @returns what kind of value it was, for the record of kinds seen
   * @throws FormatError if the bytes are refused; any other error is a defect
   */
  readonly run: (input: FuzzCase) => string | Promise<string>;
}

/** Longest that a case may take: the largest take some ten milliseconds. */
const MAX_MS = 2000;

/** Memory that a case may take whatever it asks for: the small objects of decoding, a WebAssembly memory that grows. */
const FREE_BYTES = 2 ** 23;

/** Bytes of memory that a byte of input may cost: a node of a graph is a byte, and an object of some hundred. */
const BYTES_PER_INPUT = 512;

/** Copies of the declared output that may be on the way. */
const COPIES = 6;

/** What came of a case. */
export interface Trial {
  /** "read", the error code of the FormatError, or "failed". */
  readonly outcome: string;
  /** What kind of value or of error it was: cases of a new kind are kept to start from. */
  readonly kind: string;
  readonly ms: number;
  readonly allocated: number;
  /** Why the case is a defect, if it is one. */
  readonly failure?: string;
}

/** Runs a case and holds it to its word: FormatError or a value, in time, in proportionate memory. */
export async function trial(target: Target, input: FuzzCase): Promise<Trial> {
  const first = await measured(target, input);
  if (first.failure !== undefined || fits(target, input, first) === undefined) return first;
  // Once more: the machine may have been busy, or a kernel was compiled on the way.
  const second = await measured(target, input);
  const failure = second.failure ?? fits(target, input, second);
  return failure === undefined ? second : { ...second, outcome: "failed", failure };
}

async function measured(target: Target, input: FuzzCase): Promise<Trial> {
  const before = memoryInUse();
  const start = performance.now();
  const cpuStart = cpuTime();
  const result = await settle(target, input);
  // On a machine that is busy with other work the clock runs on, but not the time on a core.
  const ms = Math.min(performance.now() - start, cpuTime() - cpuStart);
  return { ...result, ms, allocated: Math.max(0, memoryInUse() - before) };
}

async function settle(target: Target, input: FuzzCase): Promise<Pick<Trial, "outcome" | "kind" | "failure">> {
  try {
    const result = target.run(input);
    return { outcome: "read", kind: typeof result === "string" ? result : await result };
  } catch (error) {
    if (error instanceof FormatError) return { outcome: error.code, kind: `${error.code} ${skeleton(error.message)}` };
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { outcome: "failed", kind: skeleton(message), failure: message };
  }
}

/** Milliseconds that all threads of the process have been on a core. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function memoryInUse(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

/** Why the case took too long or too much memory, or undefined if it did neither. */
function fits(target: Target, { numbers, bytes }: FuzzCase, { ms, allocated }: Trial): string | undefined {
  if (ms > MAX_MS) return `took ${Math.round(ms)} ms`;
  const free = FREE_BYTES + BYTES_PER_INPUT * bytes.length;
  if (allocated <= free) return undefined;
  const declared = target.declaredBytes(numbers, bytes);
  if (allocated <= free + COPIES * declared) return undefined;
  return `took ${allocated} bytes of memory for ${bytes.length} bytes that declare ${declared}`;
}

/** A message without what differs from case to case. */
function skeleton(message: string): string {
  return message
    .replace(/"[^"]*"/g, '""')
    .replace(/-?\d+(\.\d+)?/g, "#")
    .replace(/(#,)+#/g, "#");
}
