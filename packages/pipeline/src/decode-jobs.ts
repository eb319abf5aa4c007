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

/** Whole tensors, largest first, each to the thread that has the least to do; the jobs of each thread. */
export function wholeJobs(tensors: readonly DecodeJob[], threads: number): DecodeJob[][] {
  const lists = Array.from({ length: threads }, () => ({ elements: 0, jobs: [] as DecodeJob[] }));
  for (const job of largestFirst(tensors)) {
    const least = lists.reduce((best, list) => (list.elements < best.elements ? list : best));
    least.jobs.push(job);
    least.elements += elementsOf(job);
  }
  return lists.map((list) => list.jobs);
}

/** Tensors are cut at multiples of so many elements, since every thread decodes the streams of what it has a slice of. */
const CUT_ELEMENTS = 2 ** 18;

/**
 * Tensors end to end, largest first, cut where a thread has its slice of all elements; each on memory that threads share.
 * What is not in codes is for the first thread, whole.
 */
export function sharedJobs(tensors: readonly DecodeJob[], threads: number): DecodeJob[][] {
  const lists = Array.from({ length: threads }, () => [] as DecodeJob[]);
  const [coded, others] = [tensors.filter(canBeCut), tensors.filter((job) => !canBeCut(job))];
  lists[0]!.push(...others);
  const most = sumOfElements(tensors) / threads;
  let thread = 0;
  let load = sumOfElements(others);
  for (const job of largestFirst(coded)) {
    const elements = elementsOf(job);
    const into = new Float32Array(new SharedArrayBuffer(elementBytes("float32", elements)));
    for (let from = 0, to = 0; from < elements; from = to) {
      if (load >= most && thread + 1 < threads) {
        thread++;
        load = 0;
      }
      const room = thread + 1 < threads ? most - load : elements;
      to = Math.min(elements, CUT_ELEMENTS * Math.ceil((from + room) / CUT_ELEMENTS));
      lists[thread]!.push({ ...job, slice: { into, from: from / elements, to: to / elements } });
      load += to - from;
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

function largestFirst(tensors: readonly DecodeJob[]): DecodeJob[] {
  return tensors.toSorted((a, b) => elementsOf(b) - elementsOf(a));
}

function elementsOf({ entry }: DecodeJob): number {
  return elementCount(entry.shape);
}

function sumOfElements(jobs: readonly DecodeJob[]): number {
  return jobs.reduce((sum, job) => sum + elementsOf(job), 0);
}
