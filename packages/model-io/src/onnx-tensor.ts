import { elementCount } from "@deep-compression/bits";
import {
  ELEMENT_TYPES,
  type ElementType,
  elementBytes,
  elementTypeOfCode,
  type Tensor,
} from "@deep-compression/network";
import type { PbfReader, PbfWriter } from "pbf";
import { concatenated } from "./file-bytes";
import { type Field, protobufError, readBigInts, readBytes, readInt, readInts, readText } from "./protobuf";
import { all, fixed, message, one, refused, type Values } from "./protobuf-message";

const EXTERNAL_DATA =
  "the weights are in another file (external data); save the model with its weights inside the file";

/** Fields of ONNX's TensorProto (onnx.proto): the data stand in `raw`, or in the typed field that their type asks for. */
const TENSOR = {
  shape: all(1, readInts),
  code: one(2, readInt, 0),
  segment: refused(3, "tensors in segments are not supported"),
  floats: fixed(4, 4),
  ints: all(5, readInts),
  int64s: all(7, readBigInts),
  name: one(8, readText, ""),
  raw: one(9, readBytes, undefined),
  doubles: fixed(10, 8),
  uint64s: all(11, readBigInts),
  externalData: refused(13, EXTERNAL_DATA),
  location: one(14, readLocation, undefined),
};

function readLocation(pbf: PbfReader, field: Field): void {
  if (readInt(pbf, field) !== 0) throw protobufError("unsupported", EXTERNAL_DATA, field.start);
}

/** Code of UNDEFINED, and of strings. */
const [noType, stringType] = [0, 8];

/** The element type of a code. @throws FormatError for strings and codes that are not known */
export function elementTypeAt(code: number, what: string, offset: number): ElementType {
  const type = elementTypeOfCode(code);
  if (type) return type;
  if (code === noType) throw protobufError("out-of-range", `${what} has no element type`, offset);
  const found = code === stringType ? "holds strings" : `has the unknown element type ${code}`;
  throw protobufError("unsupported", `${what} ${found}`, offset);
}

/** Reads a TensorProto; its bytes are a view where they stood as raw data. @throws FormatError */
export function readTensor(pbf: PbfReader, at: Field): Tensor {
  const data = message(TENSOR)(pbf, at);
  const { name, code, shape } = data;
  const type = elementTypeAt(code, `tensor "${name}"`, at.start);
  const bytes = data.raw ?? typedBytes(type, data);
  const expected = elementBytes(type, elementCount(shape));
  const fail = (what: string) => protobufError("out-of-range", `tensor "${name}": ${what}`, at.start);
  if (shape.some((size) => size < 0)) throw fail(`${type} [${shape}] has a negative dimension`);
  if (bytes.length !== expected) throw fail(`${type} [${shape}] takes ${expected} bytes, got ${bytes.length}`);
  return { name, type, shape, bytes };
}

/** The bytes of a tensor whose data stand in a typed field: which one, onnx.proto says for each type. */
function typedBytes(type: ElementType, { floats, doubles, ints, int64s, uint64s }: Values<typeof TENSOR>): Uint8Array {
  switch (type) {
    case "float32":
    case "complex64":
      return concatenated(floats);
    case "float64":
    case "complex128":
      return concatenated(doubles);
    case "int64":
      return new Uint8Array(BigUint64Array.from(int64s).buffer);
    case "uint64":
      return new Uint8Array(BigUint64Array.from(uint64s).buffer);
    case "uint32":
      return new Uint8Array(Uint32Array.from(uint64s, (value) => Number(BigInt.asUintN(32, value))).buffer);
    case "int32":
      return new Uint8Array(Int32Array.from(ints).buffer);
    case "int16":
    case "uint16":
    case "float16":
    case "bfloat16":
      return new Uint8Array(Uint16Array.from(ints).buffer);
    default:
      return Uint8Array.from(ints);
  }
}

/** Writes a TensorProto with its data as raw bytes. */
export function writeTensor(tensor: Tensor, pbf: PbfWriter): void {
  for (const size of tensor.shape) pbf.writeVarintField(TENSOR.shape.number, size);
  pbf.writeVarintField(TENSOR.code.number, ELEMENT_TYPES[tensor.type].code);
  if (tensor.name !== "") pbf.writeStringField(TENSOR.name.number, tensor.name);
  pbf.writeBytesField(TENSOR.raw.number, tensor.bytes);
}
