import { crc32c } from "@deep-compression/bits";
import {
  type ContainerContent,
  HEADER_BYTES,
  type Section,
  type TensorRecord,
  writeContainer,
} from "@deep-compression/container";
import { below, changedBytes, changedNumber, joined, oneOf } from "./byte-changes";
import type { FuzzCase } from "./fuzz-case";
import type { SeedFile } from "./seeds";
import { sameNumbers } from "./twins";

/** A case and, if its checksums were mended, the content that it came from: what further changes start from. */
export interface ContainerCase {
  readonly input: FuzzCase;
  readonly content?: ContainerContent;
}

/**
 * How often each kind of accident happens; the rest are changes in a tensor or in the graph. Most come before the checksums
 * are taken, so that they reach the codecs.
 */
const FRACTIONS = { file: 0.1, directory: 0.15, splice: 0.1 };

/** An accident that happens to a file. */
export function containerCase(files: readonly SeedFile[], random: () => number): ContainerCase {
  const file = oneOf(random, files);
  const donor = oneOf(random, files);
  const numbers = [below(random, 6)];
  const mended = (bytes: Uint8Array): FuzzCase => ({ target: "container", numbers, bytes });
  const draw = random();
  if (draw < FRACTIONS.file || file.content === undefined) {
    const bytes = changedBytes(file.bytes, random, donor.bytes);
    // Once in ten thousand the back of the donor is all of it: then that is the file that nothing happened to.
    const { valid, bytes: original } = donor.valid && sameNumbers(bytes, donor.bytes) ? donor : file;
    return { input: valid ? { target: "file", numbers, bytes, original } : mended(bytes) };
  }
  if (draw < FRACTIONS.file + FRACTIONS.directory) {
    return { input: mended(withChangedDirectory(file.bytes, random, donor.bytes)) };
  }
  const change = draw < FRACTIONS.file + FRACTIONS.directory + FRACTIONS.splice ? withSplicedTensor : withChangedPart;
  const content = change(file.content, random, donor.content);
  return { input: mended(writeContainer(content)), content };
}

/** The directory changed, its length and its checksum put right. */
function withChangedDirectory(bytes: Uint8Array, random: () => number, donor: Uint8Array): Uint8Array {
  const length = directoryLength(bytes);
  const inDonor = donor.subarray(HEADER_BYTES, HEADER_BYTES + directoryLength(donor));
  const directory = changedBytes(bytes.subarray(HEADER_BYTES, HEADER_BYTES + length), random, inDonor);
  const start = new Uint8Array(HEADER_BYTES);
  start.set(bytes.subarray(0, 5));
  const view = new DataView(start.buffer);
  view.setUint32(5, directory.length, true);
  view.setUint32(9, crc32c(directory, crc32c(start.subarray(0, 9))), true);
  return joined(start, directory, bytes.subarray(HEADER_BYTES + length));
}

function directoryLength(bytes: Uint8Array): number {
  if (bytes.length < HEADER_BYTES) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(5, true);
}

type ContentChange = (
  content: ContainerContent,
  random: () => number,
  donor: ContainerContent | undefined,
) => ContainerContent;

/** A tensor, shape or section of one file in another. */
const withSplicedTensor: ContentChange = (content, random, donor) => {
  const given = donor?.tensors ?? [];
  if (given.length === 0 || content.tensors.length === 0) return withChangedPart(content, random, donor);
  const { sections, shape, type } = oneOf(random, given);
  const change = oneOf<Partial<TensorRecord>>(random, [{ sections }, { shape }, { type }, { sections, shape, type }]);
  return withTensor(content, below(random, content.tensors.length), () => change);
};

/** A change in the bytes of a section or of the graph, or in the kind, type or shape of a tensor. */
const withChangedPart: ContentChange = (content, random, donor) => {
  const { graph, tensors } = content;
  const at = below(random, tensors.length + (graph && random() < 0.5 ? 1 : 0));
  if (at >= tensors.length || tensors.length === 0) {
    const changed = changedBytes(graph ?? new Uint8Array(0), random, donor?.graph ?? new Uint8Array(0));
    return { ...content, graph: changed.length > 0 ? changed : undefined };
  }
  const draw = random();
  if (draw < 0.08) return withTensor(content, at, ({ shape }) => ({ shape: changedShape(shape, random) }));
  if (draw < 0.1) return withTensor(content, at, () => ({ type: 1 + below(random, 26) }));
  const [other] = donor?.tensors.flatMap(({ sections }) => sections) ?? [];
  const changed = ({ kind, bytes }: Section) => ({
    kind: draw < 0.13 ? below(random, 6) : kind,
    bytes: changedBytes(bytes, random, other?.bytes ?? new Uint8Array(0)),
  });
  return withTensor(content, at, ({ sections }) => ({ sections: sections.map(changed) }));
};

function changedShape(shape: readonly number[], random: () => number): readonly number[] {
  if (shape.length === 0) return [1 + below(random, 4)];
  const at = below(random, shape.length);
  if (random() < 0.2) return shape.toSpliced(at, 1);
  return shape.with(at, changedNumber(shape[at]!, random, 64));
}

function withTensor(
  content: ContainerContent,
  at: number,
  change: (tensor: TensorRecord) => Partial<TensorRecord>,
): ContainerContent {
  const tensors = content.tensors.map((tensor, i) => (i === at ? { ...tensor, ...change(tensor) } : tensor));
  return { ...content, tensors };
}
