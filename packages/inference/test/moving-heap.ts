import { Heap } from "../src/heap";
import type { HeapKernels } from "../src/heap-kernels";
import { plainKernels } from "../src/plain-kernels";

/** A heap and the loops over it, as `prepareIn` takes them. */
export interface MovingMachine {
  readonly heap: Heap;
  readonly kernels: HeapKernels;
}

/**
 * The worst heap that there can be: whenever room is taken, all of it moves, which cuts off every array over it, and the room taken
 * holds rubbish. An operator that takes arrays too early, or counts on zeros, gives wrong results in it.
 */
export function movingMachine(limit = 2 ** 26): MovingMachine {
  let { buffer } = new Uint8Array(65_536);
  const memory = {
    get buffer() {
      return buffer;
    },
    grow(pages: number) {
      const larger = new Uint8Array(buffer.byteLength + 65_536 * pages);
      larger.set(new Uint8Array(buffer));
      buffer = larger.buffer;
    },
  };
  class MovingHeap extends Heap {
    override allocate(bytes: number) {
      const block = super.allocate(bytes);
      buffer = structuredClone(buffer, { transfer: [buffer] });
      new Uint8Array(buffer, block.address, block.bytes).fill(0xa5);
      return block;
    }
  }
  const { base, kernels } = plainKernels();
  const heap = new MovingHeap(memory, base, limit);
  return { heap, kernels: kernels(heap) };
}
