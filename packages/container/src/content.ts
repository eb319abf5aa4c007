import { elementCount, varintLength } from "@deep-compression/bits";
import {
  checkBytes,
  checkChoice,
  checkInteger,
  checkLength,
  checkList,
  checkObject,
  checkText,
  describeValue,
} from "@deep-compression/runtime";
import { MAX_DIRECTORY_BYTES, MAX_GRAPH_BYTES, MAX_NAME_BYTES, MAX_RANK, MAX_SECTIONS, MAX_TENSORS } from "./limits";
import type { Model } from "./model";
import { repeatableElements, sameShape } from "./repeated-tensors";

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
  /**
   * Number of an earlier tensor of this type and shape whose sections are this one's too: a file has them once. Where a file is
   * read they stand here as well; where one is written they are not looked at.
   */
  readonly repeats?: number;
}

/** All that a file holds. */
export interface ContainerContent {
  readonly metadata?: Readonly<Record<string, string>>;
  /** Bytes of the graph, at least one; or the files of the model, with a hole for each tensor. */
  readonly model?: Model;
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
  const { metadata = {}, model, tensors } = checkObject("content", content);
  let metadataBytes = 0;
  for (const [key, value] of Object.entries(checkObject("content.metadata", metadata))) {
    const where = `content.metadata[${describeValue(key)}]`;
    metadataBytes += textBytes(checkText(`${where}: key`, key)) + textBytes(checkText(where, value));
  }
  checkInteger("bytes of content.metadata", metadataBytes, { maximum: MAX_DIRECTORY_BYTES });
  checkListLength("content.tensors", tensors, MAX_TENSORS);
  if (model !== undefined) checkModel(checkObject("content.model", model), tensors.length);
  const names = new Set<string>();
  for (const [i, tensor] of tensors.entries()) {
    checkTensor(checkObject(`content.tensors[${i}]`, tensor));
    if (names.has(tensor.name))
      throw new RangeError(`content.tensors: expected unique names, got ${describeValue(tensor.name)} twice`);
    names.add(tensor.name);
    if (tensor.repeats !== undefined) checkRepeat(tensor, tensor.repeats < i ? tensors[tensor.repeats] : undefined);
  }
  if (repeatableElements(tensors) < 0)
    throw new RangeError("content.tensors: expected fewer elements of tensors that repeat others");
}

function checkModel(model: Model, tensorCount: number): void {
  checkChoice("content.model.kind", model.kind, ["graph", "envelope"]);
  if (model.kind === "graph") {
    const { length } = checkBytes("content.model.bytes", model.bytes);
    checkInteger("content.model.bytes.length", length, { minimum: 1, maximum: MAX_GRAPH_BYTES });
  } else {
    checkLength("content.model.envelope.holes", model.envelope.holes.length, tensorCount);
  }
}

function checkRepeat({ name, type, shape, repeats }: TensorRecord, original: TensorRecord | undefined): void {
  const fits = original?.type === type && original.repeats === undefined && sameShape(original.shape, shape);
  if (fits) return;
  const expected = "the number of an earlier tensor of the same type and shape that repeats no other";
  throw new RangeError(`tensor ${describeValue(name)}: repeats: expected ${expected}, got ${describeValue(repeats)}`);
}

function checkTensor({ name, type, shape, sections }: TensorRecord): void {
  const where = `tensor ${describeValue(name)}`;
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
