import { encodedTensor } from "../src/encode-network";
import type { EncodeJob } from "../src/encode-pool";
import { memoryOf } from "../src/transfer";

/** Takes what answers a worker's tasks. */
declare function give(answer: (job: EncodeJob) => unknown): void;

give((job) => {
  const value = encodedOrNothing(job);
  return { value, transfer: memoryOf(value) };
});

/** Errors do not survive the way between threads whole: whoever asked encodes again and sees for itself. */
function encodedOrNothing({ tensor, plan, allowance }: EncodeJob) {
  try {
    return encodedTensor(tensor, plan, allowance);
  } catch {
    return undefined;
  }
}
