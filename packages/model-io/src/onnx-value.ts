import { ELEMENT_TYPES, type ValueInfo } from "@deep-compression/network";
import type { PbfReader, PbfWriter } from "pbf";
import { elementTypeAt } from "./onnx-tensor";
import { type Field, protobufError, readInt, readText } from "./protobuf";
import { each, message, one } from "./protobuf-message";

/** Fields of ValueInfoProto, TypeProto, TypeProto.Tensor, TensorShapeProto and its Dimension, the inner ones first. */
const DIMENSION = { size: one(1, readInt, undefined), parameter: one(2, readText, "") };
const SHAPE = { dimensions: each(1, readDimension) };
const TENSOR_TYPE = { code: one(1, readInt, 0), shape: one(2, message(SHAPE), undefined) };
const TYPE = { tensor: one(1, message(TENSOR_TYPE), undefined) };
const VALUE = { name: one(1, readText, ""), type: one(2, message(TYPE), undefined) };

/** Reads a ValueInfoProto. @throws FormatError if it is no tensor or has no shape */
export function readValue(pbf: PbfReader, at: Field): ValueInfo {
  const { name, type: kind } = message(VALUE)(pbf, at);
  if (!kind?.tensor) throw protobufError("unsupported", `value "${name}" is no tensor, or of no type`, at.start);
  const { code, shape } = kind.tensor;
  const type = elementTypeAt(code, `value "${name}"`, at.start);
  if (shape) return { name, type, shape: shape.dimensions };
  throw protobufError("unsupported", `value "${name}" has no shape`, at.start);
}

/** Neither a size nor a name: a dimension that nobody named, "". */
function readDimension(pbf: PbfReader, at: Field): number | string {
  const { size, parameter } = message(DIMENSION)(pbf, at);
  if (size === undefined) return parameter;
  if (size < 0) throw protobufError("out-of-range", `a dimension of ${size}`, at.start);
  return size;
}

/** Writes a ValueInfoProto. */
export function writeValue(value: ValueInfo, pbf: PbfWriter): void {
  pbf.writeStringField(VALUE.name.number, value.name);
  if (value.type === undefined) return;
  pbf.writeMessage(
    VALUE.type.number,
    (typed: ValueInfo, type) => type.writeMessage(TYPE.tensor.number, writeTensorType, typed),
    value,
  );
}

function writeTensorType(value: ValueInfo, pbf: PbfWriter): void {
  if (value.type !== undefined) pbf.writeVarintField(TENSOR_TYPE.code.number, ELEMENT_TYPES[value.type].code);
  if (value.shape !== undefined) pbf.writeMessage(TENSOR_TYPE.shape.number, writeShape, value.shape);
}

function writeShape(shape: NonNullable<ValueInfo["shape"]>, pbf: PbfWriter): void {
  for (const size of shape) pbf.writeMessage(SHAPE.dimensions.number, writeDimension, size);
}

function writeDimension(size: number | string, pbf: PbfWriter): void {
  if (typeof size === "number") pbf.writeVarintField(DIMENSION.size.number, size);
  else if (size !== "") pbf.writeStringField(DIMENSION.parameter.number, size);
}
