import { FormatError } from "@deep-compression/bits";
import { type ByteSource, openContainer, type TensorInfo } from "@deep-compression/container";
import { type ElementType, elementTypeOfCode } from "@deep-compression/network";
import { readGraph } from "./read-graph";
import { checkClaims, decodeTensor, expandTensor, type ReadOptions } from "./stored-tensor";
import type { TensorSource } from "./tensor-source";

/** A file, opened: what it says of itself, and its tensors, each decoded when it is read. */
export interface OpenedNetwork extends TensorSource {
  readonly metadata: Readonly<Record<string, string>>;
  /** Bytes of the file. */
  readonly byteLength: number;
}

/**
 * Opens a `.dcz` file without decoding a tensor: reads its header, directory and graph. It can be compressed anew, or
 * written tensor by tensor in another format, with one tensor in memory at a time.
 *
 * @throws FormatError; a tensor's `read` too
 */
export async function openNetwork(source: ByteSource, options: ReadOptions = {}): Promise<OpenedNetwork> {
  const file = await openContainer(source);
  checkClaims(file.tensors, options);
  const { metadata, byteLength } = file;
  const tensors = file.tensors.map((info) => ({
    name: info.name,
    type: typeOf(info),
    shape: info.shape,
    async read() {
      const { sections } = await file.read(info.name);
      return expandTensor(decodeTensor(info, sections)).bytes;
    },
  }));
  return { graph: await readGraph(file), metadata, byteLength, tensors };
}

function typeOf({ name, type: code, sections }: TensorInfo): ElementType {
  const type = elementTypeOfCode(code);
  if (type !== undefined) return type;
  const details = { tensor: name, offset: sections[0]?.offset };
  throw new FormatError("out-of-range", `tensor "${name}": element type ${code} is not known`, details);
}
