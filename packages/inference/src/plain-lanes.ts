import type { Heap } from "./heap";
import type { SparseKernels } from "./sparse-kernels";

/** Vectors side by side, in TypeScript. */
export function plainLanes(heap: Heap): Pick<SparseKernels, "packLanes" | "unpackLanes"> {
  return {
    packLanes(x, step, stride, used, lanes, inputs, scales, target) {
      const floats = new Float32Array(heap.buffer);
      let nonZero = 0;
      for (let lane = 0; lane < lanes; lane++) {
        for (let input = 0; input < inputs; input++) {
          const value = lane < used ? floats[x / 4 + lane * step + input * stride]! : 0;
          if (lane === 0 && value !== 0) nonZero++;
          floats[target / 4 + input * lanes + lane] = scales === 0 ? value : value * floats[scales / 4 + input]!;
        }
      }
      return nonZero;
    },
    unpackLanes(sums, lanes, used, outputs, between, scale, scales, y, step, stride) {
      const floats = new Float32Array(heap.buffer);
      for (let output = 0; output < outputs; output++) {
        const row = output + Math.floor(output / between);
        const factor = scales === 0 ? scale : scale * floats[scales / 4 + output]!;
        for (let lane = 0; lane < used; lane++)
          floats[y / 4 + lane * step + output * stride] = floats[sums / 4 + row * lanes + lane]! * factor;
      }
    },
  };
}
