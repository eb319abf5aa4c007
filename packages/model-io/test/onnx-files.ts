import { type ByteSource, bytesSource } from "@deep-compression/bits";
import { type OpenedModel, packVarints } from "@deep-compression/model-io";
import { PbfWriter } from "pbf";

/** Writes the fields of a message. */
export type Fields = (pbf: PbfWriter) => void;

/** No fields. */
export const nothing: Fields = () => {};

/** A field that is a message. */
export const nested =
  (number: number, ...fields: readonly Fields[]): Fields =>
  (pbf) =>
    pbf.writeMessage(number, (_, inner) => all(...fields)(inner), 0);

/** Fields one after the other. */
export const all =
  (...fields: readonly Fields[]): Fields =>
  (pbf) => {
    for (const write of fields) write(pbf);
  };

export const int =
  (number: number, value: number): Fields =>
  (pbf) =>
    pbf.writeVarintField(number, value);

export const text =
  (number: number, value: string): Fields =>
  (pbf) =>
    pbf.writeStringField(number, value);

export const bytes =
  (number: number, value: Uint8Array): Fields =>
  (pbf) =>
    pbf.writeBytesField(number, value);

/** The fields of a TensorProto; elements of a type by its code. */
export const tensor = (name: string, type: number, dims: readonly number[], ...elements: readonly Fields[]): Fields =>
  all((pbf) => pbf.writePackedVarint(1, [...dims]), int(2, type), text(8, name), ...elements);

/** raw_data of a TensorProto. */
export const raw = (...values: readonly number[]): Fields => bytes(9, new Uint8Array(Float32Array.from(values).buffer));

/** external_data of a TensorProto. */
export const external = (entries: Readonly<Record<string, string>>): Fields =>
  all(...Object.entries(entries).map(([key, value]) => nested(13, text(1, key), text(2, value))), int(14, 1));

/** A node of a graph. */
export const node = (
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  ...more: readonly Fields[]
): Fields =>
  nested(1, ...inputs.map((name) => text(1, name)), ...outputs.map((name) => text(2, name)), text(4, op), ...more);

/** An attribute of a node: its name, its type and its value. */
export const attribute = (name: string, type: number, ...value: readonly Fields[]): Fields =>
  nested(5, text(1, name), ...value, int(20, type));

/** A float32 input (field 11) or output (12) of a graph; -1 is written as it is. */
export const value = (field: number, name: string, dims: readonly (number | string)[]): Fields =>
  nested(field, text(1, name), nested(2, nested(1, int(1, 1), nested(2, ...dims.map(dimension)))));

const dimension = (size: number | string): Fields => nested(1, typeof size === "number" ? int(1, size) : text(2, size));

export const initializer = (...fields: readonly Fields[]): Fields => nested(5, ...fields);

/** The bytes of any message. */
export function messageOf(...fields: readonly Fields[]): Uint8Array {
  const pbf = new PbfWriter();
  all(...fields)(pbf);
  return pbf.finish();
}

/** A model of IR version 8 and operator set 13 whose graph has these fields. */
export const model = (...graph: readonly Fields[]): Uint8Array => modelWith([], ...graph);

/** As {@link model}, with more fields of the model after its graph. */
export function modelWith(besides: readonly Fields[], ...graph: readonly Fields[]): Uint8Array {
  return messageOf(int(1, 8), nested(8, int(2, 13)), nested(7, text(2, "g"), ...graph), ...besides);
}

/** A source that counts the bytes it gives. */
export function countedSource(source: ByteSource) {
  let given = 0;
  return {
    byteLength: source.byteLength,
    async slice(start: number, end: number = source.byteLength) {
      const slice = await source.slice(start, end);
      given += slice.length;
      return slice;
    },
    given: () => given,
  };
}

/** A folder of files in memory. */
export const folderOf = (files: Readonly<Record<string, Uint8Array>>) => async (name: string) =>
  Object.hasOwn(files, name) ? bytesSource(files[name]) : undefined;

/** The model's files back to back, as its skeleton and its tensors give them. */
export async function restored({ files, holes, network }: OpenedModel): Promise<Uint8Array> {
  const parts = await Promise.all(files.map(async ({ source }) => source.slice(0)));
  const whole = new Uint8Array(Buffer.concat(parts));
  for (const { start, end } of holes) whole.fill(0xee, start, end);
  let last = 0;
  for (const { tensor: index, start, end, encoding } of holes) {
    if (start < last || end <= start) throw new Error("holes must ascend");
    last = end;
    const { type, read } = network.tensors[index];
    const elements = await read();
    const filling = encoding === "bytes" ? elements : packVarints(type, elements);
    if (filling.length !== end - start) throw new Error(`${filling.length} bytes for a hole of ${end - start}`);
    whole.set(filling, start);
  }
  return whole;
}
