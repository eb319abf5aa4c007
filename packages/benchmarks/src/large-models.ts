import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom } from "@deep-compression/runtime";

/** A model of square float32 matrices, nearly all zeros, so that its file is sparse and takes little of a disk. */
export interface LargeModel {
  readonly tensors: number;
  /** Rows, and columns, of each. */
  readonly size: number;
}

/** Floats of each tensor that are not zeros, in one run. */
const REAL_FLOATS = 2 ** 18;

export function tensorBytes({ size }: LargeModel): number {
  return 4 * size * size;
}

/** Writes it as a .safetensors file. @returns the files of the model, the main one first */
export async function writeLargeSafetensors(model: LargeModel, folder: string): Promise<readonly string[]> {
  const bytes = tensorBytes(model);
  const entries = Array.from({ length: model.tensors }, (_, i) => [
    `layer${i}.weight`,
    { dtype: "F32", shape: [model.size, model.size], data_offsets: [i * bytes, (i + 1) * bytes] },
  ]);
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = await open(join(folder, "model.safetensors"), "w");
  try {
    await file.write(Buffer.concat([length, header]), 0, 8 + header.length, 0);
    await writeTensors(file, 8 + header.length, model);
  } finally {
    await file.close();
  }
  return ["model.safetensors"];
}

/** Writes it as an ONNX model, a chain of matrix products, its tensors in a file of their own. */
export async function writeLargeOnnx(model: LargeModel, folder: string): Promise<readonly string[]> {
  const main = await open(join(folder, "model.onnx"), "w");
  const data = await open(join(folder, "model.data"), "w");
  try {
    await main.write(onnxBytes(model));
    await writeTensors(data, 0, model);
  } finally {
    await main.close();
    await data.close();
  }
  return ["model.onnx", "model.data"];
}

async function writeTensors(file: FileHandle, start: number, model: LargeModel): Promise<void> {
  const random = seededRandom(1);
  const bytes = tensorBytes(model);
  await file.truncate(start + model.tensors * bytes);
  for (let i = 0; i < model.tensors; i++) {
    const floats = Math.min(REAL_FLOATS, bytes / 4);
    const values = Float32Array.from({ length: floats }, () => random() - 0.5);
    const at = start + i * bytes + 4 * Math.floor(random() * (bytes / 4 - floats));
    await file.write(new Uint8Array(values.buffer), 0, values.byteLength, at);
  }
}

// The few messages of onnx.proto that are needed, field by field.

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

function integer(field: number, value: number): number[] {
  return [field << 3, ...varint(value)];
}

function bytes(field: number, content: readonly number[] | string): number[] {
  const all = typeof content === "string" ? [...new TextEncoder().encode(content)] : content;
  return [(field << 3) | 2, ...varint(all.length), ...all];
}

function value(field: number, name: string, size: number): number[] {
  const shape = [bytes(1, bytes(2, "N")), bytes(1, integer(1, size))].flat();
  return bytes(field, [...bytes(1, name), ...bytes(2, bytes(1, [...integer(1, 1), ...bytes(2, shape)]))]);
}

function onnxBytes(model: LargeModel): Uint8Array {
  const { tensors, size } = model;
  const entry = (key: string, text: string) => bytes(13, [...bytes(1, key), ...bytes(2, text)]);
  const layers = Array.from({ length: tensors }, (_, i) => i);
  const graph = [
    ...layers.flatMap((i) =>
      bytes(1, [...bytes(1, `x${i}`), ...bytes(1, `w${i}`), ...bytes(2, `x${i + 1}`), ...bytes(4, "MatMul")]),
    ),
    ...bytes(2, "large"),
    ...layers.flatMap((i) =>
      bytes(5, [
        ...[integer(1, size), integer(1, size), integer(2, 1), bytes(8, `w${i}`)].flat(),
        ...entry("location", "model.data"),
        ...entry("offset", String(i * tensorBytes(model))),
        ...entry("length", String(tensorBytes(model))),
        ...integer(14, 1),
      ]),
    ),
    ...value(11, "x0", size),
    ...value(12, `x${tensors}`, size),
  ];
  return Uint8Array.from([...integer(1, 8), ...bytes(7, graph), ...bytes(8, integer(2, 17))]);
}
