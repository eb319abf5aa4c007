import { type ByteSource, concatenated, readExactly } from "@deep-compression/bits";
import type { Envelope, Section } from "@deep-compression/container";
import { concatenatedSource, type ModelFormat, type OpenedModel } from "@deep-compression/model-io";
import type { NetworkOutline, TensorSource } from "@deep-compression/network";
import { isRawForm, sectionKind } from "@deep-compression/tensor-codec";
import { COMMON_NAMES, FORMAT_NUMBERS } from "./model-formats";

/**
 * More bytes between two holes than this are cut into tensors of uint8 and one dimension: the skeleton is held in memory whole.
 * Those who open a file look into such tensors (see open-directory).
 */
const LARGEST_GAP = 2 ** 22;

/** A hole of at most so many bytes is closed again if its tensor is not coded: deflate does more with small things together. */
const SMALL_HOLE = 1024;

/** The files as an envelope has them: one that is alone leaves its name out, if readers give it one with the same extension. */
function storedFiles({ files, format }: OpenedModel): Envelope["files"] {
  const sizes = files.map(({ name, source }) => ({ name, byteLength: source.byteLength }));
  const [only, ...others] = sizes;
  const common = COMMON_NAMES[format];
  if (only === undefined || others.length > 0 || extensionOf(only.name) !== extensionOf(common)) return sizes;
  return [{ ...only, name: "" }];
}

function extensionOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1).toLowerCase();
}

/** A model as its holes and what lies between them. */
export interface ModelSkeleton {
  readonly format: ModelFormat;
  readonly files: Envelope["files"];
  /** One for each tensor of the outline; with what stood in it, if it is small, and whether that is no tensor of the model. */
  readonly holes: readonly (Envelope["holes"][number] & { readonly small?: Uint8Array; readonly isGap?: true })[];
  /** The bytes in front of each hole, and those behind the last. */
  readonly between: readonly Uint8Array[];
}

/** What is compressed: the tensors of a network or, of a model, those that stand in holes of its files. */
export interface Outline extends NetworkOutline {
  readonly skeleton?: ModelSkeleton;
}

/**
 * The tensors of a model that can be told from the rest of its files, in the order of the files, and that rest, which is read.
 *
 * @throws what the files' sources throw
 */
export async function modelOutline(
  model: OpenedModel,
): Promise<Outline & { readonly tensors: readonly TensorSource[]; readonly skeleton: ModelSkeleton }> {
  const { format, network, files } = model;
  const whole = concatenatedSource(files.map(({ source }) => source));
  const names = new Set(network.tensors.map(({ name }) => name));
  const tensors: TensorSource[] = [];
  const holes: ModelSkeleton["holes"][number][] = [];
  const between: Uint8Array[] = [];
  let at = 0;
  const readUpTo = async (end: number) => {
    for (; end - at > LARGEST_GAP; at += LARGEST_GAP) {
      between.push(new Uint8Array(0));
      holes.push({ start: at, length: LARGEST_GAP, encoding: "bytes", isGap: true });
      tensors.push(bytesTensor(whole, at, names));
    }
    between.push(await readExactly(whole, at, end - at));
  };
  for (const { tensor, start, end, encoding } of model.holes) {
    await readUpTo(start);
    const length = end - start;
    const small = length <= SMALL_HOLE ? await readExactly(whole, start, length) : undefined;
    holes.push({ start, length, encoding, ...(small && { small }) });
    tensors.push(network.tensors[tensor]!);
    at = end;
  }
  await readUpTo(whole.byteLength);
  return { tensors, skeleton: { format, files: storedFiles(model), holes, between } };
}

/** Bytes of the files that no tensor has, as a tensor of bytes. */
function bytesTensor(whole: ByteSource, start: number, names: Set<string>): TensorSource {
  let name = `bytes from ${start}`;
  while (names.has(name)) name += "_";
  names.add(name);
  return { name, type: "uint8", shape: [LARGEST_GAP], read: () => readExactly(whole, start, LARGEST_GAP) };
}

/** How a tensor is stored: its section, and the relative squared error that was made of it. */
export interface StoredSection {
  readonly section: Section;
  readonly error: number;
}

/** Why integers of a tensor may not become others, whatever they are; undefined if they may. */
export function whyFixed(skeleton: ModelSkeleton | undefined, index: number): string | undefined {
  const { isGap, encoding = "bytes" } = skeleton?.holes[index] ?? {};
  if (isGap) return "no tensor of the model";
  return encoding === "bytes" ? undefined : "its file has numbers of several lengths, which others would not fit";
}

/** What a record of the directory takes besides a section, about: names of tensors repeat those that the files have. */
const RECORD_BYTES = 16;

/** Whether a tensor stays where it stood in the model's files, since its section saves nothing; one that lost something does not. */
export function staysInSkeleton(
  skeleton: ModelSkeleton | undefined,
  index: number,
  stored: StoredSection | undefined,
): boolean {
  const small = skeleton?.holes[index]?.small;
  if (small === undefined || stored === undefined || stored.error !== 0) return false;
  const kind = sectionKind(stored.section.kind);
  return kind !== undefined && (isRawForm(kind.form) || stored.section.bytes.length + RECORD_BYTES >= small.length);
}

/** The envelope of a model of which some tensors stay where they stood. */
export function envelopeOf(
  { format, files, holes, between }: ModelSkeleton,
  stays: (index: number) => boolean,
): Envelope {
  const left: Envelope["holes"][number][] = [];
  const parts: Uint8Array[] = [];
  for (const [index, { start, length, encoding, small }] of holes.entries()) {
    parts.push(between[index]!);
    if (small !== undefined && stays(index)) parts.push(small);
    else left.push({ start, length, encoding });
  }
  parts.push(between[holes.length]!);
  return { format: FORMAT_NUMBERS[format], files, holes: left, skeleton: concatenated(parts) };
}
