import { type ByteReader, type ByteWriter, FormatError } from "@deep-compression/bits";

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

const COMMON_INDEX: ReadonlyMap<string, number> = new Map(COMMON_NAMES.map((name, index) => [name, index]));

/** Writes an index into {@link COMMON_NAMES}, or their number plus the length in bytes and then UTF-8. */
export function writeText(writer: ByteWriter, text: string): void {
  writeShiftedText(writer, text, 0);
}

/** The mirror of {@link writeText}. @throws FormatError "truncated", "out-of-range" */
export function readText(reader: ByteReader): string {
  return readTextAfter(reader, reader.varint());
}

/** As {@link writeText}, with 0 for undefined and everything else one higher. */
export function writeOptionalText(writer: ByteWriter, text: string | undefined): void {
  if (text === undefined) writer.varint(0);
  else writeShiftedText(writer, text, 1);
}

/** The mirror of {@link writeOptionalText}. @throws FormatError "truncated", "out-of-range" */
export function readOptionalText(reader: ByteReader): string | undefined {
  const head = reader.varint();
  return head === 0 ? undefined : readTextAfter(reader, head - 1);
}

function writeShiftedText(writer: ByteWriter, text: string, shift: number): void {
  const index = COMMON_INDEX.get(text);
  if (index !== undefined) {
    writer.varint(index + shift);
    return;
  }
  if (/\p{Surrogate}/u.test(text)) throw new RangeError(`a name of the graph has a lone surrogate: "${text}"`);
  const bytes = new TextEncoder().encode(text);
  writer.varint(COMMON_NAMES.length + bytes.length + shift);
  writer.bytes(bytes);
}

function readTextAfter(reader: ByteReader, head: number): string {
  if (head < COMMON_NAMES.length) return COMMON_NAMES[head];
  const start = reader.offset;
  const bytes = reader.bytes(head - COMMON_NAMES.length);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError("out-of-range", "a name of the graph is not valid UTF-8", { offset: start, cause });
  }
}
