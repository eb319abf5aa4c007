import { FROM_KERAS, FROM_ORIGINAL, FROM_PYTORCH, FROM_TENSORFLOW, FROM_TFLITE } from "./foreign-advice";

/** Bytes at a place of a file, and what a file is that has them there. */
interface Signature {
  readonly bytes: readonly number[] | string;
  readonly at?: number;
  readonly what: string;
}

/** Longer ones first where one begins with another. */
const SIGNATURES: readonly Signature[] = [
  { bytes: [0x89, 0x44, 0x43, 0x5a], what: "a .dcz file, compressed already: restore gives the model back" },
  { bytes: "version https://git-lfs", what: "a Git LFS pointer, not the model itself: run git lfs pull" },
  { bytes: "version https://hawser", what: "a Git LFS pointer, not the model itself: run git lfs pull" },
  { bytes: "/annex/objects/", what: "a git-annex pointer, not the model itself: run git annex get" },
  { bytes: [0x1f, 0x8b], what: "gzip: unpack it first (gunzip)" },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: "Zstandard: unpack it first (zstd -d)" },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], what: "xz: unpack it first (unxz)" },
  { bytes: [0x04, 0x22, 0x4d, 0x18], what: "LZ4: unpack it first (lz4 -d)" },
  { bytes: "LZIP", what: "lzip: unpack it first" },
  { bytes: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], what: "a 7z archive: unpack it first" },
  { bytes: "Rar!\x1a\x07", what: "a RAR archive: unpack it first" },
  { bytes: "ustar", at: 257, what: "a tar archive: unpack it first (tar -xf)" },
  {
    bytes: [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19],
    what: `an old PyTorch checkpoint (pickle): ${FROM_PYTORCH}`,
  },
  {
    bytes: [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a],
    what: `an HDF5 file, as Keras writes (.h5): ${FROM_KERAS}`,
  },
  {
    bytes: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59],
    what: "an array of numpy (.npy), not a model: save the weights as safetensors",
  },
  { bytes: "GGUF", what: `a GGUF model: ${FROM_ORIGINAL}` },
  { bytes: "lmgg", what: `a GGML model: ${FROM_ORIGINAL}` },
  { bytes: "fmgg", what: `a GGML model: ${FROM_ORIGINAL}` },
  { bytes: "tjgg", what: `a GGML model: ${FROM_ORIGINAL}` },
  { bytes: "algg", what: `a GGML adapter: ${FROM_ORIGINAL}` },
  { bytes: "TFL3", at: 4, what: `a TensorFlow Lite model: ${FROM_TFLITE}` },
  { bytes: "ORTM", at: 4, what: "an ONNX Runtime model (.ort): give the .onnx file that it was made from" },
  { bytes: "ET12", at: 4, what: `an ExecuTorch program: ${FROM_PYTORCH}` },
  { bytes: "B\0C\0N\0", what: "a CNTK model: save it as ONNX" },
  { bytes: "RKNN", what: `an RKNN model: ${FROM_ORIGINAL}` },
  { bytes: "ptrt", what: `a TensorRT engine: ${FROM_ORIGINAL}` },
  { bytes: "ftrt", what: `a TensorRT engine: ${FROM_ORIGINAL}` },
  { bytes: [0x12, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], what: "MXNet parameters: export the model as ONNX" },
  { bytes: "%PDF-", what: "a PDF document, not a model: check the path" },
  { bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], what: "an image (PNG), not a model: check the path" },
  { bytes: [0xff, 0xd8, 0xff], what: "an image (JPEG), not a model: check the path" },
  { bytes: "\x7fELF", what: "a program or library (ELF), not a model: check the path" },
];

/** What a file is by the bytes that all files of its format have. */
export function describeSignature(bytes: Uint8Array): string | undefined {
  const known = SIGNATURES.find((signature) => standsIn(bytes, signature));
  if (known) return known.what;
  if (standsIn(bytes, { bytes: "BZh" }) && standsIn(bytes, { bytes: [0x31, 0x41, 0x59, 0x26, 0x53, 0x59], at: 4 })) {
    return "bzip2: unpack it first (bunzip2)";
  }
  if (isPickle(bytes)) return `a Python pickle: if it is a PyTorch checkpoint, ${FROM_PYTORCH}`;
  return describeProtobuf(bytes);
}

function standsIn(bytes: Uint8Array, { bytes: wanted, at = 0 }: Omit<Signature, "what">): boolean {
  const values = typeof wanted === "string" ? Array.from(wanted, (character) => character.charCodeAt(0)) : wanted;
  return bytes.length >= at + values.length && values.every((value, i) => bytes[at + i] === value);
}

/** Operations that a pickle of protocol 2 to 5 may begin with, after its version: frame, global, (, dict, list, tuple. */
const PICKLE_STARTS: readonly number[] = [0x95, 0x63, 0x28, 0x7d, 0x5d, 0x29, 0x8c, 0x58, 0x8a, 0x4a];

function isPickle(bytes: Uint8Array): boolean {
  const [mark, protocol = 0, first = 0] = bytes;
  return mark === 0x80 && protocol >= 2 && protocol <= 5 && PICKLE_STARTS.includes(first);
}

/**
 * Models of protobuf other than ONNX, told by their first fields. SavedModel and Core ML have a version as field 1 and a
 * message as field 2, whose own field 1 comes first; there ONNX has a text. GraphDef has a node with its name and operator.
 */
function describeProtobuf(bytes: Uint8Array): string | undefined {
  const [first, version = 0, second] = bytes;
  if (first === 0x08 && version < 0x80 && second === 0x12) {
    const message = afterVarint(bytes, 3);
    if (bytes[message] !== 0x0a || message === bytes.length) return undefined;
    return version === 1 ? `a TensorFlow SavedModel: ${FROM_TENSORFLOW}` : `a Core ML model: ${FROM_ORIGINAL}`;
  }
  if (first !== 0x0a) return undefined;
  const node = afterVarint(bytes, 1);
  const operator = node + 2 + (bytes[node + 1] ?? 0);
  if (bytes[node] !== 0x0a || bytes[operator] !== 0x12) return undefined;
  const name = bytes.subarray(operator + 2, operator + 2 + (bytes[operator + 1] ?? 0));
  const isOperator = /^[A-Z]\w+$/.test(String.fromCharCode(...name));
  return isOperator ? `a frozen TensorFlow graph: ${FROM_TENSORFLOW}` : undefined;
}

/** Where a varint ends that begins at `start`. */
function afterVarint(bytes: Uint8Array, start: number): number {
  let at = start;
  while ((bytes[at] ?? 0) >= 0x80) at++;
  return at + 1;
}
