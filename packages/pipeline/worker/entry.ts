import type { Tensor } from "@deep-compression/network";
import type { Sent } from "@deep-compression/runtime";
import { type DecodeJob, decodedJob } from "../src/decode-jobs";

/** Stands before the source of each worker of a pool. */
declare function serve(open: () => typeof answer): void;

serve(() => answer);

function answer(jobs: readonly DecodeJob[]): Sent<readonly (Tensor | undefined)[]> {
  const tensors = jobs.map(decodedOrNothing);
  const buffers = tensors.map((tensor) => tensor?.bytes.buffer);
  return { value: tensors, transfer: buffers.filter((buffer) => buffer instanceof ArrayBuffer) };
}

/** Errors do not survive the way between threads whole: whoever asked decodes again and sees for itself. */
function decodedOrNothing(job: DecodeJob): Tensor | undefined {
  try {
    return decodedJob(job);
  } catch {
    return undefined;
  }
}
