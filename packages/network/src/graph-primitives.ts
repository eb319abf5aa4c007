import { type ByteReader, type ByteWriter, FormatError } from "@deep-compression/bits";
import { checkText, quoted } from "@deep-compression/runtime";

/**
 * Names that graphs are made of, each stored as its index (docs/format.md, "Common names"). Part of the format: entries
 * never move.
 */
// biome-ignore format: eight names a row, so that an index can be read off
export const COMMON_NAMES: readonly string[] = [
  "", "input", "output", "N", "batch_size", "lenet-300-100", "lenet-5", "alexnet",
  "vgg-16", "Add", "AveragePool", "BatchNormalization", "Cast", "Clip", "Concat", "Constant",
  "Conv", "Div", "Dropout", "Flatten", "Gather", "Gemm", "GlobalAveragePool", "GlobalMaxPool",
  "Identity", "LRN", "LeakyRelu", "LogSoftmax", "MatMul", "MaxPool", "Mul", "Pad",
  "ReduceMean", "Relu", "Reshape", "Sigmoid", "Softmax", "Squeeze", "Sub", "Tanh",
  "Transpose", "Unsqueeze", "allowzero", "alpha", "auto_pad", "axes", "axis", "beta",
  "bias", "ceil_mode", "count_include_pad", "dilations", "epsilon", "group", "kernel_shape", "keepdims",
  "momentum", "pads", "perm", "size", "storage_order", "strides", "transA", "transB",
];

const COMMON_INDEX: ReadonlyMap<string, number> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ COMMON_NAMES.map((name, index) => [name, index]),
);

/** Writes an index into {@link COMMON_NAMES}, or their number plus the length in bytes and then UTF-8; `shift` is added. */
export function writeText(writer: ByteWriter, text: string, shift = 0): void {
  const index = COMMON_INDEX.get(text);
  if (index !== undefined) {
    writer.varint(index + shift);
    return;
  }
  const bytes = new TextEncoder().encode(checkText(`name ${quoted(text)} of the graph`, text));
  writer.varint(COMMON_NAMES.length + bytes.length + shift);
  writer.bytes(bytes);
}

/** The mirror of {@link writeText}. @throws FormatError "truncated", "out-of-range" */
export function readText(reader: ByteReader): string {
  return readTextAfter(reader, reader.varint());
}

/** As {@link writeText}, with 0 for undefined and everything else one higher. */
export function writeOptionalText(writer: ByteWriter, text: string | undefined): void {
  if (text === undefined) writer.varint(0);
  else writeText(writer, text, 1);
}

/** The mirror of {@link writeOptionalText}. @throws FormatError "truncated", "out-of-range" */
export function readOptionalText(reader: ByteReader): string | undefined {
  const head = reader.varint();
  return head === 0 ? undefined : readTextAfter(reader, head - 1);
}

function readTextAfter(reader: ByteReader, head: number): string {
  const common = COMMON_NAMES[head];
  if (common !== undefined) return common;
  const start = reader.offset;
  const bytes = reader.bytes(head - COMMON_NAMES.length);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError("out-of-range", "a name of the graph is not valid UTF-8", { offset: start, cause });
  }
}

/** Writes a count, then each item. */
export function writeList<T>(writer: ByteWriter, items: readonly T[], writeItem: (item: T) => void): void {
  writer.varint(items.length);
  for (const item of items) writeItem(item);
}

/** The mirror of {@link writeList} for items of at least one byte. @throws FormatError "truncated" if the bytes left cannot hold them */
export function readList<T>(reader: ByteReader, what: string, readItem: () => T): T[] {
  return repeated(readCount(reader, what), readItem);
}

/** A count of things that take at least one byte each. @throws FormatError "truncated" if the bytes left cannot hold them */
export function readCount(reader: ByteReader, what: string): number {
  const offset = reader.offset;
  const count = reader.varint();
  if (count <= reader.remaining) return count;
  throw new FormatError("truncated", `${count} ${what} in ${reader.remaining} bytes`, { offset });
}

/** What `count` calls give. Memory grows with what they read, not with a count that is only claimed. */
export function repeated<T>(count: number, readItem: () => T): T[] {
  const items: T[] = [];
  for (let i = 0; i < count; i++) items.push(readItem());
  return items;
}
