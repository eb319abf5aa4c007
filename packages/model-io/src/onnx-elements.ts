import { concatenated, elementCount, type FormatError } from "@deep-compression/bits";
import { type ElementType, elementBytes, elementTypeOfCode } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import type { TensorProto } from "./onnx-messages";
import { fieldAt, protobufError, WIRE } from "./protobuf";
import type { Run } from "./protobuf-fields";
import { unpackVarints, varintSurvey } from "./varints";

/** Codes of UNDEFINED, and of strings. */
const [noType, stringType] = [0, 8];

/** TensorProto.DataLocation of data in another file. */
const EXTERNAL = 1;

/** Where the elements of a tensor stand in its file. */
export interface Elements {
  readonly start: number;
  readonly end: number;
  /** "varints": each element is one. */
  readonly encoding: "bytes" | "varints";
  /** The field whose values they are, one by one or in runs, if start and end are those of the whole TensorProto. */
  readonly scattered?: number;
}

/** A tensor as its TensorProto tells it. */
export interface TensorHead {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Undefined if they are in another file. */
  readonly elements: Elements | undefined;
}

/** Why a tensor is none of numbers that we know, although it may be right; undefined if it is. */
export function foreignTensor({ code, segment }: TensorProto): string | undefined {
  if (segment) return "a segment of a tensor";
  if (code === stringType) return "a tensor of strings";
  return code === noType || elementTypeOfCode(code) ? undefined : `a tensor of the unknown element type ${code}`;
}

/** Type, shape and place of a tensor that is not foreign. @throws FormatError unless its elements are as many as its shape asks for */
export function tensorHead(proto: TensorProto): TensorHead {
  const { code, dims, location } = proto;
  const type = elementTypeOfCode(code);
  if (!type) throw misshapen(proto, "has no element type");
  const shape = dims.map(Number);
  const expected = elementBytes(type, elementCount(shape));
  if (shape.some((size) => size < 0)) throw misshapen(proto, `${type} ${shapeText(shape)} has a negative dimension`);
  if (!Number.isSafeInteger(expected)) throw misshapen(proto, `${type} ${shapeText(shape)} has too many elements`);
  if (location === EXTERNAL) return { type, shape, elements: undefined };
  const elements = elementsOf(proto, type);
  if (elements.encoding === "bytes" && elements.scattered === undefined)
    assertLength(proto, { type, shape }, elements.end - elements.start);
  return { type, shape, elements };
}

/** @throws FormatError unless elements take as many bytes as the shape asks for */
export function assertLength(proto: TensorProto, head: Omit<TensorHead, "elements">, got: number): void {
  const { type, shape } = head;
  const expected = elementBytes(type, elementCount(shape));
  if (got !== expected) throw misshapen(proto, `${type} ${shapeText(shape)} takes ${expected} bytes, got ${got}`);
}

function misshapen({ name, place }: TensorProto, what: string): FormatError {
  return protobufError("out-of-range", `tensor ${quoted(name)}: ${what}`, place.start);
}

function elementsOf(proto: TensorProto, type: ElementType): Elements {
  const { raw, place } = proto;
  if (raw) return { start: raw.start, end: raw.end, encoding: "bytes" };
  const { run, encoding } = typedField(proto, type);
  if (!run) return { start: place.end, end: place.end, encoding: "bytes" };
  if (run.count === 1 && run.wireType === WIRE.bytes) return { start: run.start, end: run.end, encoding };
  return { start: place.start, end: place.end, encoding, scattered: run.number };
}

/** The typed field that onnx.proto names for each type, and how its values are packed. */
function typedField(
  { floats, doubles, ints, int64s, uint64s }: TensorProto,
  type: ElementType,
): { readonly run: Run | undefined; readonly encoding: Elements["encoding"] } {
  switch (type) {
    case "float32":
    case "complex64":
      return { run: floats, encoding: "bytes" };
    case "float64":
    case "complex128":
      return { run: doubles, encoding: "bytes" };
    case "int64":
      return { run: int64s, encoding: "varints" };
    case "uint32":
    case "uint64":
      return { run: uint64s, encoding: "varints" };
    default:
      return { run: ints, encoding: "varints" };
  }
}

/** The elements of a tensor of the bytes between `start` and `end`. @throws FormatError for varints that do not end */
export function decodeElements(type: ElementType, elements: Elements, bytes: Uint8Array): Uint8Array {
  const packed = elements.scattered === undefined ? bytes : gatherRuns(bytes, elements);
  return elements.encoding === "bytes" ? packed : unpackVarints(type, packed);
}

/** All values of a field of a message, as if they stood in one run. */
function gatherRuns(bytes: Uint8Array, { start, scattered }: Elements): Uint8Array {
  const runs: Uint8Array[] = [];
  const end = start + bytes.length;
  for (let position = start; position < end; ) {
    const field = fieldAt({ start, bytes }, position, end);
    if (field.number === scattered) runs.push(bytes.subarray(field.start - start, field.end - start));
    position = field.end;
  }
  return concatenated(runs);
}

/** Bytes of varints that are looked at together. */
const SURVEY_STEP = 2 ** 20;

/** How many bytes the varints between two places unpack to, and whether packVarints would give the same again. @throws FormatError */
export async function surveyVarints(
  type: ElementType,
  { start, end }: Elements,
  read: (start: number, length: number) => Uint8Array | Promise<Uint8Array>,
) {
  const survey = varintSurvey(type);
  for (let at = start; at < end; at += SURVEY_STEP) survey.push(await read(at, Math.min(SURVEY_STEP, end - at)));
  return survey.finish();
}
