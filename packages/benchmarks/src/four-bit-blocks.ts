import type { Graph, Network } from "@deep-compression/network";

const BLOCK = 32;

/** A matrix [outputs x columns] as onnxruntime's MatMulNBits of 4 bits in blocks of 32, and the same values as they come out of it. */
export function fourBitBlocks(
  dense: Float32Array,
  columns: number,
): { readonly network: Network; readonly restored: Float32Array } {
  const outputs = dense.length / columns;
  const blocks = dense.length / BLOCK;
  const scales = new Float32Array(blocks);
  const packed = new Uint8Array(dense.length / 2);
  const restored = new Float32Array(dense.length);
  for (let block = 0; block < blocks; block++) {
    const own = dense.subarray(block * BLOCK, (block + 1) * BLOCK);
    const scale = Math.fround(own.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 7);
    scales[block] = scale;
    for (const [i, value] of own.entries()) {
      const step = scale === 0 ? 0 : Math.round(value / scale);
      const at = block * BLOCK + i;
      restored[at] = step * scale;
      packed[at >> 1]! |= (step + 8) << (4 * (at & 1));
    }
  }
  const graph: Graph = {
    opset: 17,
    domains: { "com.microsoft": 1 },
    inputs: [{ name: "x", type: "float32", shape: ["N", columns] }],
    outputs: [{ name: "y", type: "float32" }],
    nodes: [
      {
        op: "MatMulNBits",
        domain: "com.microsoft",
        inputs: ["x", "w", "scales"],
        outputs: ["y"],
        attributes: { K: columns, N: outputs, bits: 4, block_size: BLOCK },
      },
    ],
  };
  const bytes = new Uint8Array(scales.buffer);
  return {
    network: {
      graph,
      tensors: [
        { name: "w", type: "uint8", shape: [outputs, columns / BLOCK, BLOCK / 2], bytes: packed },
        { name: "scales", type: "float32", shape: [blocks], bytes },
      ],
    },
    restored,
  };
}
