import { checkSource } from "@deep-compression/bits";
import { type ByteSource, type ContainerInfo, readContainerStream } from "@deep-compression/container";
import type { Tensor } from "@deep-compression/network";
import { graphOf } from "./read-graph";
import { checkClaims, decodeTensor, expandTensor, type ReadOptions } from "./stored-tensor";

/** Bytes asked of a source at a time. */
const PIECE_BYTES = 2 ** 20;

/**
 * The tensors of a `.dcz` file in its order, each with all its elements as soon as its bytes are there: from a source that
 * is read piece by piece, or from the pieces of a download. Memory holds one tensor and its section. A file that ends
 * early is found out after the tensors before.
 *
 * @throws FormatError, TypeError for what is neither
 */
export async function* decompressTensors(
  source: ByteSource | AsyncIterable<Uint8Array>,
  options: ReadOptions = {},
): AsyncGenerator<Tensor, void, void> {
  let file: Pick<ContainerInfo, "tensors" | "graph"> = { tensors: [], graph: undefined };
  for await (const part of readContainerStream(isIterable(source) ? source : pieces(checkSource("source", source)))) {
    if (part.part === "directory") {
      file = part.info;
      checkClaims(file.tensors, options);
    } else if (part.part === "graph") {
      graphOf(part.bytes, file); // only to refuse one that is none
    } else {
      yield expandTensor(decodeTensor(part.info, part.tensor.sections));
    }
  }
}

function isIterable(source: ByteSource | AsyncIterable<Uint8Array>): source is AsyncIterable<Uint8Array> {
  return typeof source === "object" && source !== null && Symbol.asyncIterator in source;
}

async function* pieces(source: ByteSource): AsyncGenerator<Uint8Array, void, void> {
  for (let start = 0; start < source.byteLength; start += PIECE_BYTES) {
    yield await source.slice(start, Math.min(start + PIECE_BYTES, source.byteLength));
  }
}
