import { type ByteSource, readExactly } from "@deep-compression/bits";
import { tensorBytes } from "@deep-compression/network";
import { checkBytes, quoted } from "@deep-compression/runtime";
import type { OpenedModel } from "./opened-model";

/** Bytes that stand in the place of others, at an offset of all files back to back. */
interface Patch {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/**
 * A model with other elements in some of its tensors: in its network, and where they stand in its files. Types and shapes stay.
 *
 * @param elements the new elements of tensors by name, row-major, little-endian
 * @throws RangeError for a name that no tensor has, for bytes that are not as many, and for a tensor that does not stand in
 * the files as its bytes
 */
export function replaceTensors(model: OpenedModel, elements: ReadonlyMap<string, Uint8Array>): OpenedModel {
  const { network, holes, files } = model;
  const places = new Map(network.tensors.map(({ name }, i) => [name, i]));
  const holeOf = new Map(holes.map((hole) => [hole.tensor, hole]));
  const patches = [...elements].map(([name, bytes]): Patch => {
    const place = places.get(name);
    if (place === undefined) throw new RangeError(`tensor ${quoted(name)}: the model has no tensor of this name`);
    const expected = tensorBytes(network.tensors[place]!);
    const { length } = checkBytes(`tensor ${quoted(name)}`, bytes);
    if (length !== expected) throw new RangeError(`tensor ${quoted(name)}: expected ${expected} bytes, got ${length}`);
    const hole = holeOf.get(place);
    if (hole?.encoding !== "bytes") {
      throw new RangeError(`tensor ${quoted(name)}: does not stand in the model's files as its bytes`);
    }
    return { start: hole.start, bytes };
  });
  patches.sort((a, b) => a.start - b.start);
  let start = 0;
  const patchedFiles = files.map(({ name, source }) => {
    const end = start + source.byteLength;
    const own = patches.filter((patch) => patch.start >= start && patch.start < end);
    const shifted = own.map((patch) => ({ ...patch, start: patch.start - start }));
    start = end;
    return { name, source: shifted.length === 0 ? source : patchedSource(source, shifted) };
  });
  const tensors = network.tensors.map((tensor) => {
    const bytes = elements.get(tensor.name);
    return bytes === undefined ? tensor : { ...tensor, read: () => bytes };
  });
  return { ...model, network: { ...network, tensors }, files: patchedFiles };
}

function patchedSource(source: ByteSource, patches: readonly Patch[]): ByteSource {
  return {
    byteLength: source.byteLength,
    async slice(start, end = source.byteLength) {
      const bytes = new Uint8Array(await readExactly(source, start, end - start));
      for (const patch of patches) {
        const from = Math.max(start, patch.start);
        const to = Math.min(end, patch.start + patch.bytes.length);
        if (from < to) bytes.set(patch.bytes.subarray(from - patch.start, to - patch.start), from - start);
      }
      return bytes;
    },
  };
}
