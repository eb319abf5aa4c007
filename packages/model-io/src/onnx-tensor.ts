import { elementCount } from "@deep-compression/bits";
import {
  ELEMENT_TYPES,
  type ElementType,
  elementBytes,
  elementTypeOfCode,
  type Tensor,
} from "@deep-compression/network";
import type { PbfReader, PbfWriter } from "pbf";
import {
  type Field,
  protobufError,
  readBigInts,
  readBytes,
  readFixed,
  readInt,
  readInts,
  readMessage,
  readText,
} from "./protobuf";

/** Fields of ONNX's TensorProto (onnx.proto). */
const TENSOR_FIELD = {
  dims: 1,
  dataType: 2,
  segment: 3,
  floatData: 4,
  int32Data: 5,
  int64Data: 7,
  name: 8,
  rawData: 9,
  doubleData: 10,
  uint64Data: 11,
  externalData: 13,
  dataLocation: 14,
} as const;

/** The data of a TensorProto as they stand in it: raw bytes, or in the typed field that its type asks for. */
interface TensorData {
  raw?: Uint8Array;
  readonly fixed: Uint8Array[];
  readonly int32: number[];
  readonly int64: bigint[];
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
  let [name, code] = ["", 0];
  const shape: number[] = [];
  const data: TensorData = { fixed: [], int32: [], int64: [] };
  readMessage(pbf, at, (field) => {
    if (field.number === TENSOR_FIELD.dims) readInts(pbf, field, shape);
    else if (field.number === TENSOR_FIELD.dataType) code = readInt(pbf, field);
    else if (field.number === TENSOR_FIELD.name) name = readText(pbf, field);
    else readData(pbf, field, data);
  });
  const type = elementTypeAt(code, `tensor "${name}"`, at.start);
  const bytes = data.raw ?? typedBytes(type, data);
  const expected = elementBytes(type, elementCount(shape));
  const fail = (message: string) => protobufError("out-of-range", `tensor "${name}": ${message}`, at.start);
  if (shape.some((size) => size < 0)) throw fail(`${type} [${shape}] has a negative dimension`);
  if (bytes.length !== expected) throw fail(`${type} [${shape}] takes ${expected} bytes, got ${bytes.length}`);
  return { name, type, shape, bytes };
}

function readData(pbf: PbfReader, field: Field, data: TensorData): void {
  switch (field.number) {
    case TENSOR_FIELD.rawData:
      data.raw = readBytes(pbf, field);
      break;
    case TENSOR_FIELD.floatData:
      data.fixed.push(readFixed(pbf, field, 4));
      break;
    case TENSOR_FIELD.doubleData:
      data.fixed.push(readFixed(pbf, field, 8));
      break;
    case TENSOR_FIELD.int32Data:
      readInts(pbf, field, data.int32);
      break;
    case TENSOR_FIELD.int64Data:
    case TENSOR_FIELD.uint64Data:
      readBigInts(pbf, field, data.int64);
      break;
    case TENSOR_FIELD.segment:
      throw protobufError("unsupported", "tensors in segments are not supported", field.start);
    case TENSOR_FIELD.externalData:
      throw externalData(field);
    case TENSOR_FIELD.dataLocation:
      if (readInt(pbf, field) !== 0) throw externalData(field);
  }
}

function externalData(field: Field): Error {
  const advice = "save the model with its weights inside the file";
  return protobufError("unsupported", `the weights are in another file (external data); ${advice}`, field.start);
}

/** The bytes of a tensor whose data stand in a typed field: which one, onnx.proto says for each type. */
function typedBytes(type: ElementType, data: TensorData): Uint8Array {
  switch (type) {
    case "float32":
    case "complex64":
    case "float64":
    case "complex128":
      return concatenated(data.fixed);
    case "int64":
    case "uint64":
      return new Uint8Array(BigUint64Array.from(data.int64).buffer);
    case "uint32":
      return new Uint8Array(Uint32Array.from(data.int64, (value) => Number(BigInt.asUintN(32, value))).buffer);
    case "int32":
      return new Uint8Array(Int32Array.from(data.int32).buffer);
    case "int16":
    case "uint16":
    case "float16":
    case "bfloat16":
      return new Uint8Array(Uint16Array.from(data.int32).buffer);
    default:
      return Uint8Array.from(data.int32);
  }
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}

/** Writes a TensorProto with its data as raw bytes. */
export function writeTensor(tensor: Tensor, pbf: PbfWriter): void {
  for (const size of tensor.shape) pbf.writeVarintField(TENSOR_FIELD.dims, size);
  pbf.writeVarintField(TENSOR_FIELD.dataType, ELEMENT_TYPES[tensor.type].code);
  if (tensor.name !== "") pbf.writeStringField(TENSOR_FIELD.name, tensor.name);
  pbf.writeBytesField(TENSOR_FIELD.rawData, tensor.bytes);
}
