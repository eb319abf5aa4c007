import { ELEMENT_TYPES, type ValueInfo } from "@deep-compression/network";
import type { PbfReader, PbfWriter } from "pbf";
import { elementTypeAt } from "./onnx-tensor";
import { type Field, protobufError, readInt, readMessage, readText } from "./protobuf";

/** Fields of ValueInfoProto, TypeProto, TypeProto.Tensor, TensorShapeProto and its Dimension. */
const VALUE_FIELD = { name: 1, type: 2 } as const;
const TYPE_FIELD = { tensor: 1 } as const;
const TENSOR_TYPE_FIELD = { elementType: 1, shape: 2 } as const;
const SHAPE_FIELD = { dimension: 1 } as const;
const DIMENSION_FIELD = { value: 1, parameter: 2 } as const;

/** Reads a ValueInfoProto. @throws FormatError if it is no tensor or has no shape */
export function readValue(pbf: PbfReader, at: Field): ValueInfo {
  let [name, code] = ["", 0];
  let [isTensor, shape] = [false, undefined as (number | string)[] | undefined];
  const readTensorType = (field: Field) => {
    if (field.number === TENSOR_TYPE_FIELD.elementType) code = readInt(pbf, field);
    else if (field.number === TENSOR_TYPE_FIELD.shape) shape = readShape(pbf, field);
  };
  readMessage(pbf, at, (field) => {
    if (field.number === VALUE_FIELD.name) name = readText(pbf, field);
    else if (field.number === VALUE_FIELD.type) {
      readMessage(pbf, field, (kind) => {
        if (kind.number !== TYPE_FIELD.tensor) return;
        isTensor = true;
        readMessage(pbf, kind, readTensorType);
      });
    }
  });
  if (!isTensor) throw protobufError("unsupported", `value "${name}" is no tensor, or of no type`, at.start);
  const type = elementTypeAt(code, `value "${name}"`, at.start);
  if (!shape) throw protobufError("unsupported", `value "${name}" has no shape`, at.start);
  return { name, type, shape };
}

function readShape(pbf: PbfReader, at: Field): (number | string)[] {
  const shape: (number | string)[] = [];
  readMessage(pbf, at, (field) => {
    if (field.number === SHAPE_FIELD.dimension) shape.push(readDimension(pbf, field));
  });
  return shape;
}

/** Neither a size nor a name: a dimension that nobody named, "". */
function readDimension(pbf: PbfReader, at: Field): number | string {
  let size: number | string = "";
  readMessage(pbf, at, (field) => {
    if (field.number === DIMENSION_FIELD.value) size = readInt(pbf, field);
    else if (field.number === DIMENSION_FIELD.parameter) size = readText(pbf, field);
  });
  if (typeof size === "number" && size < 0) throw protobufError("out-of-range", `a dimension of ${size}`, at.start);
  return size;
}

/** Writes a ValueInfoProto. */
export function writeValue(value: ValueInfo, pbf: PbfWriter): void {
  pbf.writeStringField(VALUE_FIELD.name, value.name);
  pbf.writeMessage(
    VALUE_FIELD.type,
    (typed: ValueInfo, type) => type.writeMessage(TYPE_FIELD.tensor, writeTensorType, typed),
    value,
  );
}

function writeTensorType(value: ValueInfo, pbf: PbfWriter): void {
  pbf.writeVarintField(TENSOR_TYPE_FIELD.elementType, ELEMENT_TYPES[value.type].code);
  pbf.writeMessage(TENSOR_TYPE_FIELD.shape, writeShape, value.shape);
}

function writeShape(shape: ValueInfo["shape"], pbf: PbfWriter): void {
  for (const size of shape) pbf.writeMessage(SHAPE_FIELD.dimension, writeDimension, size);
}

function writeDimension(size: number | string, pbf: PbfWriter): void {
  if (typeof size === "number") pbf.writeVarintField(DIMENSION_FIELD.value, size);
  else if (size !== "") pbf.writeStringField(DIMENSION_FIELD.parameter, size);
}
