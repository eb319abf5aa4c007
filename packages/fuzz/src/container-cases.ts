import { byteReader, crc32c, elementCount, FormatError, varint } from "@deep-compression/bits";
import { deflate, inflate } from "@deep-compression/bits/deflate";
import {
  type ContainerContent,
  type Envelope,
  HEADER_BYTES,
  MAX_DIRECTORY_BYTES,
  PRESET_DICTIONARY,
  type Section,
  type TensorRecord,
  writeContainer,
} from "@deep-compression/container";
import { byteCoding, MAX_MIXED_BYTES } from "@deep-compression/context-coding";
import { elementBytes, elementTypeOfCode } from "@deep-compression/network";
import { encodeScales, isRawForm, matrixOf, sectionKind, unwrapSection } from "@deep-compression/tensor-codec";
import { below, changedBytes, changedNumber, joined, oneOf } from "./byte-changes";
import type { FuzzCase } from "./fuzz-case";
import type { SeedFile } from "./seeds";
import { outcomeOf, sameNumbers } from "./twins";

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
  const bytes = written(content);
  return bytes === undefined
    ? { input: mended(changedBytes(file.bytes, random, donor.bytes)) }
    : { input: mended(bytes), content };
}

/** The file of the content, if need be without repeats; undefined if the writer refuses it still. */
function written(content: ContainerContent): Uint8Array | undefined {
  const single = content.tensors.map(({ repeats: _, ...tensor }) => tensor);
  for (const tensors of [content.tensors, single]) {
    try {
      return writeContainer({ ...content, tensors });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return undefined;
}

/** The directory changed, before it was packed or after, its length and its checksum put right. */
function withChangedDirectory(bytes: Uint8Array, random: () => number, donor: Uint8Array): Uint8Array {
  const own = directoryOf(bytes);
  const directory =
    random() < 0.8
      ? withPlainDirectory(own, random, (plain) => changedBytes(plain, random, plainDirectory(directoryOf(donor))))
      : changedBytes(own, random, directoryOf(donor));
  const start = new Uint8Array(HEADER_BYTES);
  start.set(bytes.subarray(0, 5));
  const view = new DataView(start.buffer);
  view.setUint32(5, directory.length, true);
  view.setUint32(9, crc32c(directory, crc32c(start.subarray(0, 9))), true);
  return joined(start, directory, bytes.subarray(HEADER_BYTES + own.length));
}

function directoryOf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(HEADER_BYTES, HEADER_BYTES + directoryLength(bytes));
}

/** The fields of a directory, unpacked if it is packed; as they are if that fails. */
function plainDirectory(directory: Uint8Array): Uint8Array {
  const fields = outcomeOf(() => {
    const reader = byteReader(directory);
    const packing = reader.varint({ max: 2 * MAX_DIRECTORY_BYTES });
    const length = Math.floor(packing / 2);
    const stored = reader.bytes(reader.remaining);
    if (packing === 0) return stored;
    if (packing % 2 === 1) return byteCoding({ length: Math.min(length, MAX_MIXED_BYTES) }).decode(stored);
    return inflate(stored, { length, dictionary: PRESET_DICTIONARY });
  });
  return fields instanceof FormatError ? directory : fields;
}

/** The directory of the changed fields, packed in one of the ways. */
function withPlainDirectory(
  directory: Uint8Array,
  random: () => number,
  change: (plain: Uint8Array) => Uint8Array,
): Uint8Array {
  const changed = change(plainDirectory(directory));
  const draw = random();
  if (draw < 0.5) return joined(Uint8Array.of(0), changed);
  const { length } = changed;
  const isMixed = draw > 0.9 && length <= MAX_MIXED_BYTES;
  const stored = isMixed ? byteCoding({ length }).encode(changed) : deflate(changed, { dictionary: PRESET_DICTIONARY });
  return joined(varint().encode(2 * length + (isMixed ? 1 : 0)), stored);
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

/** A change in the bytes of a section, in the graph or the envelope, or in the kind, type or shape of a tensor. */
const withChangedPart: ContentChange = (content, random, donor) => {
  const { model, tensors } = content;
  const at = below(random, tensors.length + (model && random() < 0.5 ? 1 : 0));
  if (at >= tensors.length || tensors.length === 0) return withChangedModel(content, random, donor);
  const draw = random();
  if (draw > 0.9) {
    const whole = (random() < 0.5 ? withScaledSection : withWrappedSection)(content, random, donor);
    return random() < 0.3 ? whole : withChangedPart(whole, random, donor);
  }
  if (draw < 0.08) return withTensor(content, at, ({ shape }) => ({ shape: changedShape(shape, random) }));
  if (draw < 0.1) return withTensor(content, at, () => ({ type: 1 + below(random, 26) }));
  const [other] = donor?.tensors.flatMap(({ sections }) => sections) ?? [];
  return withTensor(content, at, (tensor) => ({
    sections: tensor.sections.map(({ kind, bytes }) => ({
      kind: draw < 0.13 ? oneOf(random, [below(random, 9), kind ^ WRAPPED, kind ^ SCALED]) : kind,
      bytes: changedSection(tensor, { kind, bytes }, random, other?.bytes ?? new Uint8Array(0)),
    })),
  }));
};

/** Scales before the sections of a tensor that are in codes; most of them in a file that is valid. */
const withScaledSection: ContentChange = (content, random) => {
  return withTensor(content, below(random, content.tensors.length), ({ shape, sections }) => ({
    sections: sections.map(({ kind, bytes }) => {
      const form = sectionKind(kind);
      if (form === undefined || isRawForm(form.form) || form.isWrapped || form.isScaled) return { kind, bytes };
      const { rows, columns } = matrixOf(shape);
      if (rows + columns > MOST_SCALES) return { kind, bytes };
      const scales = (count: number) => Float32Array.from({ length: count }, () => 2 ** (below(random, 40) - 24));
      const lines = oneOf(random, [
        { rows: scales(rows) },
        { columns: scales(columns) },
        { rows: scales(rows), columns: scales(columns) },
      ]);
      return { kind: kind | SCALED, bytes: joined(encodeScales(lines), bytes) };
    }),
  }));
};

/** Of larger matrices none are made. */
const MOST_SCALES = 2 ** 12;

/** The bit of the kind of a scaled section. */
const SCALED = 0x20;

/** The sections of a tensor wrapped. */
const withWrappedSection: ContentChange = (content, random) => {
  return withTensor(content, below(random, content.tensors.length), ({ sections }) => ({
    sections: sections.map(({ kind, bytes }) =>
      kind < WRAPPED ? { kind: kind | WRAPPED, bytes: wrapped(bytes) } : { kind, bytes },
    ),
  }));
};

function wrapped(bytes: Uint8Array): Uint8Array {
  return joined(varint().encode(bytes.length), deflate(bytes));
}

/** The bits of the kind of a wrapped and of a narrowed section. */
const WRAPPED = 0x80;
const NARROWED = 0x40;

/** The section's bytes changed; those of a deflate stream half the time before they were deflated. */
function changedSection(
  tensor: TensorRecord,
  { kind, bytes }: Section,
  random: () => number,
  donor: Uint8Array,
): Uint8Array {
  const { type, shape } = tensor;
  const { form, isWrapped, isNarrowed } = sectionKind(kind) ?? {};
  if (isWrapped && random() < 0.8) {
    const plain = outcomeOf(() => unwrapSection(bytes, shape));
    if (!(plain instanceof FormatError) && plain.length <= MAX_PLAIN_BYTES) {
      const changed = changedSection(tensor, { kind: kind & ~WRAPPED, bytes: plain }, random, donor);
      return wrapped(changed);
    }
  }
  if (isWrapped) return changedBytes(bytes, random, donor);
  if (isNarrowed && bytes.length > 0 && random() < 0.8) {
    const inner = { kind: kind & ~NARROWED, bytes: bytes.subarray(1) };
    return joined(bytes.subarray(0, 1), changedSection({ ...tensor, type: bytes[0]! }, inner, random, donor));
  }
  if ((form === "deflated" || form === "planes") && random() < 0.5) {
    const length = elementBytes(elementTypeOfCode(type) ?? "uint8", elementCount(shape));
    const plain = outcomeOf(() => inflate(bytes, { length: Math.min(length, MAX_PLAIN_BYTES) }));
    if (!(plain instanceof FormatError)) return deflate(changedBytes(plain, random, donor));
  }
  return changedBytes(bytes, random, donor);
}

/** Longer streams are changed as they are. */
const MAX_PLAIN_BYTES = 2 ** 16;

const withChangedModel: ContentChange = ({ model, ...content }, random, donor) => {
  if (model?.kind === "envelope" && content.tensors.length > 0) {
    return { ...content, model: { kind: "envelope", envelope: withChangedHole(model.envelope, random) } };
  }
  const [own, other] = [model, donor?.model].map((one) => (one?.kind === "graph" ? one.bytes : new Uint8Array(0)));
  const bytes = changedBytes(own!, random, other!);
  return bytes.length > 0 ? { ...content, model: { kind: "graph", bytes } } : content;
};

/** One hole longer or shorter, or of the other encoding; its file and the holes behind it give way. */
function withChangedHole(envelope: Envelope, random: () => number): Envelope {
  const { files, holes } = envelope;
  const at = below(random, holes.length);
  const { length, encoding } = holes[at]!;
  const changed = random() < 0.7 ? changedNumber(length, random, 2 ** 20) : length;
  const grown = changed - length;
  const last = files.length - 1;
  return {
    ...envelope,
    files: files.with(last, { ...files[last]!, byteLength: Math.max(0, files[last]!.byteLength + grown) }),
    holes: holes.map((hole, i) => {
      if (i < at) return hole;
      if (i > at) return { ...hole, start: hole.start + grown };
      return { ...hole, length: changed, encoding: random() < 0.5 ? encoding : oneOf(random, ["bytes", "varints"]) };
    }),
  };
}

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
