import { elementTypes, type ValueInfo } from "@deep-compression/network";
import type { PbfReader, PbfWriter } from "pbf";
import { elementTypeAt } from "./onnx-tensor";
import { type Field, protobufError, readInt, readMessage, readText } from "./protobuf";

/** Fields of ValueInfoProto, TypeProto, TypeProto.Tensor, TensorShapeProto and its Dimension. */
const valueField = { name: 1, type: 2 } as const;
const typeField = { tensor: 1 } as const;
const tensorTypeField = { elementType: 1, shape: 2 } as const;
const shapeField = { dimension: 1 } as const;
const dimensionField = { value: 1, parameter: 2 } as const;

/** Reads a ValueInfoProto. @throws FormatError if it is no tensor or has no shape */
export function readValue(pbf: PbfReader, at: Field): ValueInfo {
  let [name, code] = ["", 0];
  let [isTensor, shape] = [false, undefined as (number | string)[] | undefined];
  const readTensorType = (field: Field) => {
    if (field.number === tensorTypeField.elementType) code = readInt(pbf, field);
    else if (field.number === tensorTypeField.shape) shape = readShape(pbf, field);
  };
  readMessage(pbf, at, (field) => {
    if (field.number === valueField.name) name = readText(pbf, field);
    else if (field.number === valueField.type) {
      readMessage(pbf, field, (kind) => {
        if (kind.number !== typeField.tensor) return;
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
    if (field.number === shapeField.dimension) shape.push(readDimension(pbf, field));
  });
  return shape;
}

/** Neither a size nor a name: a dimension that nobody named, "". */
function readDimension(pbf: PbfReader, at: Field): number | string {
  let size: number | string = "";
  readMessage(pbf, at, (field) => {
    if (field.number === dimensionField.value) size = readInt(pbf, field);
    else if (field.number === dimensionField.parameter) size = readText(pbf, field);
  });
  if (typeof size === "number" && size < 0) throw protobufError("out-of-range", `a dimension of ${size}`, at.start);
  return size;
}

export function writeValue(value: ValueInfo, pbf: PbfWriter): void {
  pbf.writeStringField(valueField.name, value.name);
  pbf.writeMessage(
    valueField.type,
    (typed: ValueInfo, type) => type.writeMessage(typeField.tensor, writeTensorType, typed),
    value,
  );
}

function writeTensorType(value: ValueInfo, pbf: PbfWriter): void {
  pbf.writeVarintField(tensorTypeField.elementType, elementTypes[value.type].code);
  pbf.writeMessage(tensorTypeField.shape, writeShape, value.shape);
}

function writeShape(shape: ValueInfo["shape"], pbf: PbfWriter): void {
  for (const size of shape) pbf.writeMessage(shapeField.dimension, writeDimension, size);
}

function writeDimension(size: number | string, pbf: PbfWriter): void {
  if (typeof size === "number") pbf.writeVarintField(dimensionField.value, size);
  else if (size !== "") pbf.writeStringField(dimensionField.parameter, size);
}
