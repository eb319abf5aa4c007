import { FormatError } from "@deep-compression/bits";
import {
  readIdx,
  readNpy,
  readOnnx,
  readSafetensors,
  writeNpy,
  writeOnnx,
  writeSafetensors,
} from "@deep-compression/model-io";
import { assertNetwork, assertTensor, float, floatTensor, type Network } from "@deep-compression/network";
import { expect, test } from "vitest";

const network: Network = {
  graph: {
    opset: 13,
    inputs: [{ name: "x", type: "float32", shape: ["N", 2] }],
    outputs: [{ name: "y", type: "float32", shape: ["N", 2] }],
    nodes: [
      { op: "MatMul", inputs: ["x", "w"], outputs: ["z"], attributes: { ints: [1, 2] } },
      { op: "LRN", inputs: ["z"], outputs: ["y"], attributes: { alpha: float(1e-4), size: 5, text: "a" } },
    ],
  },
  tensors: [floatTensor("w", [2, 2], Float32Array.of(1, 2, 3, 4))],
  metadata: { a: "b" },
};
const image = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255);

const checkNetwork = (read: (bytes: Uint8Array) => Network) => (bytes: Uint8Array) => assertNetwork(read(bytes));
const files: readonly (readonly [string, Uint8Array, (bytes: Uint8Array) => void])[] = [
  ["ONNX", writeOnnx(network), checkNetwork(readOnnx)],
  ["safetensors", writeSafetensors(network), checkNetwork(readSafetensors)],
  ["npy", writeNpy(network.tensors[0]), (bytes) => assertTensor(readNpy(bytes))],
  ["IDX", image, (bytes) => assertTensor(readIdx(bytes))],
];

/** Whether the bytes are read as something whole; any error but a FormatError with an offset in the file fails the test. */
function isRead(bytes: Uint8Array, read: (bytes: Uint8Array) => void): boolean {
  try {
    read(bytes);
    return true;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    expect(error.offset).toBeGreaterThanOrEqual(0);
    expect(error.offset).toBeLessThanOrEqual(bytes.length);
    return false;
  }
}

test("a Buffer of Node's is read as any bytes are, and is left as it was", () => {
  const bigEndian = Uint8Array.of(0, 0, 0x0d, 1, 0, 0, 0, 1, 0x3f, 0x80, 0, 0);
  const numpy = writeNpy(network.tensors[0]);
  const reads = [
    [writeOnnx(network), readOnnx],
    [writeSafetensors(network), readSafetensors],
    [numpy, readNpy],
    [bigEndian, readIdx],
  ] as const;
  for (const [bytes, read] of reads) {
    const buffer = Buffer.from(bytes);
    expect(read(buffer)).toEqual(read(bytes));
    expect(new Uint8Array(buffer)).toEqual(bytes);
  }
});

for (const [format, bytes, read] of files) {
  test(`${format} cut at any byte ends in FormatError or in something whole`, () => {
    expect(isRead(bytes, read)).toBe(true);
    const whole = Array.from(bytes.keys()).filter((length) => isRead(bytes.subarray(0, length), read));
    // Only ONNX has no length of its own: between two fields of the model it is a model, if shorter by the last fields.
    expect(whole.length).toBeLessThanOrEqual(format === "ONNX" ? 1 : 0);
  });

  test(`${format} with any bit flipped ends in FormatError or in something whole`, () => {
    let refused = 0;
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      if (!isRead(flipped, read)) refused++;
    }
    expect(refused).toBeGreaterThan(bytes.length);
  });

  test(`${format} with any byte set to its extremes ends in FormatError or in something whole`, () => {
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0, 0x7f, 0x80, 0xff]) isRead(bytes.with(at, value), read);
    }
  });
}
