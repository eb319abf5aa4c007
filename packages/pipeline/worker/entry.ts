import type { Tensor } from "@deep-compression/network";
import type { Sent } from "@deep-compression/runtime";
import { type DecodeJob, doneJob, type StoredJob } from "../src/decode-jobs";
import type { StoredTensor } from "../src/tensor-entry";
import { memoryOf } from "../src/transfer";

/** Stands before the source of each worker of a pool. */
declare function serve(open: () => typeof answer): void;

serve(() => answer);

function answer(jobs: readonly (DecodeJob | StoredJob)[]): Sent<readonly (Tensor | StoredTensor | undefined)[]> {
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
