import { elementCount, varintLength } from "@deep-compression/bits";
import { checkBytes, checkInteger, checkList, checkObject, checkText } from "@deep-compression/runtime";
import { MAX_GRAPH_BYTES, MAX_METADATA_BYTES, MAX_NAME_BYTES, MAX_RANK, MAX_SECTIONS, MAX_TENSORS } from "./limits";

/** Bytes of a tensor; what they mean is the codec's business. */
export interface Section {
  /** 0..255 */
  readonly kind: number;
  readonly bytes: Uint8Array;
}

/** A tensor as it is stored. */
export interface TensorRecord {
  readonly name: string;
  /** Element type, a code of ONNX's TensorProto.DataType, 1..255. */
  readonly type: number;
  readonly shape: readonly number[];
  readonly sections: readonly Section[];
}

/** All that a file holds. */
export interface ContainerContent {
  readonly metadata?: Readonly<Record<string, string>>;
  /** Bytes of the graph; at least one if it is there. */
  readonly graph?: Uint8Array;
  /** In the order of the file; names are unique. */
  readonly tensors: readonly TensorRecord[];
}

/** The order of metadata keys in a file: by their UTF-8 bytes, which is by code points. */
export function compareText(a: string, b: string): number {
  const left = new TextEncoder().encode(a);
  const right = new TextEncoder().encode(b);
  const differs = left.findIndex((byte, i) => byte !== right[i]);
  const [byte, other] = [left[differs], right[differs]];
  return byte === undefined || other === undefined ? left.length - right.length : byte - other;
}

/** Bytes that a text takes in the directory, its length included. */
export function textBytes(text: string): number {
  const length = new TextEncoder().encode(text).length;
  return varintLength(length) + length;
}

/** Holds what is to be written to the limits of every reader. @throws TypeError, RangeError naming the argument */
export function checkContent(content: ContainerContent): void {
  const { metadata = {}, graph, tensors } = checkObject("content", content);
  let metadataBytes = 0;
  for (const [key, value] of Object.entries(checkObject("content.metadata", metadata))) {
    const where = `content.metadata[${JSON.stringify(key)}]`;
    metadataBytes += textBytes(checkText(`${where}: key`, key)) + textBytes(checkText(where, value));
  }
  checkInteger("bytes of content.metadata", metadataBytes, { maximum: MAX_METADATA_BYTES });
  if (graph !== undefined) {
    checkInteger("content.graph.length", checkBytes("content.graph", graph).length, {
      minimum: 1,
      maximum: MAX_GRAPH_BYTES,
    });
  }
  checkListLength("content.tensors", tensors, MAX_TENSORS);
  const names = new Set<string>();
  for (const [i, tensor] of tensors.entries()) {
    checkTensor(checkObject(`content.tensors[${i}]`, tensor));
    if (names.has(tensor.name))
      throw new RangeError(`content.tensors: expected unique names, got "${tensor.name}" twice`);
    names.add(tensor.name);
  }
}

function checkTensor({ name, type, shape, sections }: TensorRecord): void {
  const where = `tensor ${JSON.stringify(name)}`;
  checkText(`${where}: name`, name);
  checkInteger(`${where}: bytes of its name`, new TextEncoder().encode(name).length, { maximum: MAX_NAME_BYTES });
  checkInteger(`${where}: type`, type, { minimum: 1, maximum: 255 });
  checkListLength(`${where}: shape`, shape, MAX_RANK);
  for (const dimension of shape) checkInteger(`${where}: shape`, dimension);
  checkInteger(`${where}: number of elements`, elementCount(shape));
  checkListLength(`${where}: sections`, sections, MAX_SECTIONS);
  for (const section of sections) {
    const { kind, bytes } = checkObject(`${where}: section`, section);
    checkInteger(`${where}: section kind`, kind, { maximum: 255 });
    checkBytes(`${where}: section bytes`, bytes);
  }
}

function checkListLength(name: string, list: readonly unknown[], maximum: number): void {
  checkInteger(`${name}.length`, checkList(name, list).length, { maximum });
}
