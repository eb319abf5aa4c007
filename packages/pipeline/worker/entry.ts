import type { Tensor } from "@deep-compression/network";
import { type DecodeJob, doneJob, type StoredJob } from "../src/decode-jobs";
import type { BundledDecoders } from "../src/decoders";
import { DECODERS } from "../src/decoders";
import type { StoredTensor } from "../src/tensor-entry";
import { memoryOf } from "../src/transfer";

/** Takes what the function that is made of this file gives. */
declare function give(decoders: BundledDecoders): void;

give({ ...DECODERS, answer });

function answer(jobs: readonly (DecodeJob | StoredJob)[]) {
  const done = jobs.map(doneOrNothing);
  return { value: done, transfer: memoryOf(done) };
}

/** Errors do not survive the way between threads whole: whoever asked decodes again and sees for itself. */
function doneOrNothing(job: DecodeJob | StoredJob): Tensor | StoredTensor | undefined {
  try {
    return doneJob(job);
  } catch {
    return undefined;
  }
}
