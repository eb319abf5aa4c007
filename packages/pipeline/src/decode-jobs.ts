import { elementCount } from "@deep-compression/bits";
import { elementBytes, type Tensor } from "@deep-compression/network";
import { MAX_ARRAY_BYTES } from "@deep-compression/runtime";
import { isRawForm, type WeightSlice } from "@deep-compression/tensor-codec";
import {
  checkContextSlices,
  decodeTensor,
  dequantizedSlice,
  dequantizeTensor,
  type StoredTensor,
  type TensorEntry,
} from "./tensor-entry";

/** What a thread decodes: a tensor, or a slice of one. */
export interface DecodeJob {
  /** Of the tensor in its file. */
  readonly index: number;
  readonly entry: TensorEntry;
  /** Of its section. */
  readonly bytes: Uint8Array;
  readonly slice?: WeightSlice;
}

/** What a job gives. @throws FormatError */
export function decodedJob({ entry, bytes, slice }: DecodeJob): Tensor {
  if (slice === undefined) return dequantizeTensor(decodeTensor(entry, bytes));
  return dequantizedSlice(entry, bytes, slice);
}

/** What a thread only takes apart: a tensor whose codes are wanted, not its elements. */
export interface StoredJob extends Pick<DecodeJob, "entry" | "bytes"> {
  readonly wanted: "stored";
}

/** What any job gives. @throws FormatError */
export function doneJob(job: DecodeJob | StoredJob): Tensor | StoredTensor {
  return "wanted" in job ? decodeTensor(job.entry, job.bytes) : decodedJob(job);
}

/** Checks what only all slices of a tensor tell, once they are there. @throws FormatError */
export function checkSlices(jobs: readonly DecodeJob[]): void {
  for (const { entry, bytes, slice } of jobs)
    if (slice !== undefined && slice.from === 0) checkContextSlices(entry, bytes, slice.into);
}

/** Whole tensors, longest first, each to the thread that has the least to do; the jobs of each thread. */
export function wholeJobs(tensors: readonly DecodeJob[], threads: number): DecodeJob[][] {
  const lists = Array.from({ length: threads }, () => ({ cost: 0, jobs: [] as DecodeJob[] }));
  for (const job of longestFirst(tensors)) {
    const least = lists.reduce((best, list) => (list.cost < best.cost ? list : best));
    least.jobs.push(job);
    least.cost += costOf(job);
  }
  return lists.map((list) => list.jobs);
}

/** Tensors are cut at multiples of so many elements, since every thread decodes the streams of what it has a slice of. */
const CUT_ELEMENTS = 2 ** 18;

/**
 * Tensors end to end, longest first, cut where a thread has its slice of all the work; each on memory that threads share.
 * What is not in codes is for the first thread, whole.
 */
export function sharedJobs(tensors: readonly DecodeJob[], threads: number): DecodeJob[][] {
  const lists = Array.from({ length: threads }, () => [] as DecodeJob[]);
  const [coded, others] = [tensors.filter(canBeCut), tensors.filter((job) => !canBeCut(job))];
  lists[0]!.push(...others);
  const most = sumOfCosts(tensors) / threads;
  let thread = 0;
  let load = sumOfCosts(others);
  for (const job of longestFirst(coded)) {
    const elements = elementsOf(job);
    const cost = costOf(job) / elements;
    const into = new Float32Array(new SharedArrayBuffer(elementBytes("float32", elements)));
    for (let from = 0, to = 0; from < elements; from = to) {
      if (load >= most && thread + 1 < threads) {
        thread++;
        load = 0;
      }
      const room = thread + 1 < threads ? (most - load) / cost : elements;
      const cuts = Math.max(1, Math.ceil(room / CUT_ELEMENTS));
      to = Math.min(elements, from + CUT_ELEMENTS * cuts);
      lists[thread]!.push({ ...job, slice: { into, from: from / elements, to: to / elements } });
      load += (to - from) * cost;
    }
  }
  return lists;
}

/** Of float32 and in codes, which the directory's claims of elements are checked for, and an array can hold it. */
function canBeCut(job: DecodeJob): boolean {
  const elements = elementsOf(job);
  const fits = elements > 0 && elementBytes("float32", elements) <= MAX_ARRAY_BYTES;
  return !isRawForm(job.entry.form) && job.entry.type === "float32" && fits;
}

function longestFirst(tensors: readonly DecodeJob[]): DecodeJob[] {
  return tensors.toSorted((a, b) => costOf(b) - costOf(a));
}

function elementsOf({ entry }: Pick<DecodeJob, "entry">): number {
  return elementCount(entry.shape);
}

/** What a byte of a section takes beside an element that is written, about: 37 ns, or 115 in the form context, and 4.5. */
const BYTE_COST = 8;
const CONTEXT_BYTE_COST = 25;

/** About the time that a tensor takes, in that of an element that is written. */
export function costOf({ entry, bytes }: Pick<DecodeJob, "entry" | "bytes">): number {
  return elementsOf({ entry }) + bytes.length * (entry.form === "context" ? CONTEXT_BYTE_COST : BYTE_COST);
}

function sumOfCosts(jobs: readonly DecodeJob[]): number {
  return jobs.reduce((sum, job) => sum + costOf(job), 0);
}
