import { elementCount, FormatError } from "@deep-compression/bits";
import { inflate, inflatePieces } from "@deep-compression/bits/inflate";
import { type KernelOption, MAX_ARRAY_BYTES, shapeText } from "@deep-compression/runtime";
import { fromBytePlanes, type PlaneOptions } from "./byte-planes";
import { leastCopiedBytes } from "./copy-estimate";
import { leastDeflatedBytes, mayDeflateBelow } from "./deflate-estimate";
import { type DeflatedElements, deflated, deflatedBelow, hasPlanes, levelOf } from "./deflated-elements";
import { type ElementSource, SAMPLED_BYTES, sampleOf } from "./sampled-bytes";
import type { WholeForm } from "./section-flags";
import { splitDecoder } from "./split-decoder";
import { decodeSplit, encodeSplit, planSplit, type SplitPlan } from "./split-form";

/** All elements bit for bit and the bytes of their section. */
export interface WholeSection {
  readonly form: WholeForm;
  readonly bytes: Uint8Array;
  /** The elements as they are, little-endian and row-major. */
  readonly elements: Uint8Array;
}

/** What a plan promises is off by less than this; of few bytes, where a table of code lengths is a large part, by less than that. */
const [GUESS, GUESS_OF_FEW, FEW_BYTES] = [0.95, 0.75, 4096];

/** What takes the fewest bytes, and those bytes. */
type Found = DeflatedElements | { readonly form: "split"; readonly plan: SplitPlan; readonly stream: Uint8Array };

/**
 * What deflate must leave of a section that is split, which decodes ten times as fast, to be taken instead. Of elements of 16 bits
 * less: a few large tensors that save a tenth would take most of the time of a model (measured on trained weights).
 */
const [WORTH_INFLATING, WORTH_INFLATING_HALVES] = [0.97, 0.9];

/** Literals among the bytes of elements that hardly repeat: deflate finds nothing there that symbol streams do not. */
const HARDLY_REPEAT = 0.97;

/** What a sample must come down to for all elements to be deflated: noise saves less than its time is worth. */
const WORTH_TRYING = 0.99;

/**
 * The section that takes the fewest bytes for these elements, bit for bit: raw, deflated, deflated in planes, or split
 * (docs/format.md, "Raw", "Deflated", "Planes", "Split"). Where deflate saves little against split, it is split.
 *
 * @param options.bits of an element
 */
export function encodeWhole(elements: Uint8Array, options: { readonly bits: number }): WholeSection {
  const found = encodeWholeBelow(elements, { ...options, bytes: elements.length });
  return found ?? { form: "raw", bytes: elements, elements };
}

/** As {@link encodeWhole}, if it takes fewer than so many bytes; undefined if it does not, which is found out sooner. */
export function encodeWholeBelow(
  source: ElementSource,
  options: { readonly bits: number; readonly bytes: number },
): WholeSection | undefined {
  const { bits, bytes } = options;
  const { length } = source;
  if (length < bytes) return encodeWhole(allOf(source), { bits });
  // More are tried by a sample, and only in the way that shrinks it most.
  if (length <= SAMPLED_BYTES) {
    const elements = allOf(source);
    const best = smallest(elements, { bits, bytes, level: 9 });
    return best && { form: best.form, bytes: best.stream, elements };
  }
  const sample = sampleOf(source);
  const most = Math.ceil((WORTH_TRYING * bytes * sample.length) / length);
  const best = smallest(sample, { bits, bytes: most, level: 6 });
  if (best === undefined) return undefined;
  const elements = allOf(source);
  const stream = encodedAs(best, elements, { sample, bytes });
  return stream && { form: best.form, bytes: stream, elements };
}

/** What takes the fewest bytes, if those are fewer than so many; whether there is such is found out by estimates first. */
function smallest(
  elements: Uint8Array,
  options: { readonly bits: number; readonly bytes: number; readonly level: number },
): Found | undefined {
  const { bits, bytes, level } = options;
  const split = splitUnlessLarger(elements, { bits, bytes });
  const worth = bits === 16 ? WORTH_INFLATING_HALVES : WORTH_INFLATING;
  const limit = split === undefined ? bytes : Math.min(bytes, Math.ceil(worth * split.stream.length));
  const hardlyRepeats =
    split !== undefined && leastDeflatedBytes(elements, 1).literals >= HARDLY_REPEAT * elements.length;
  const isTried = !hardlyRepeats && (elements.length <= TINY_BYTES || mayTakeLess(elements, bits, limit));
  const found = (isTried ? deflatedBelow(elements, { bits, bytes: limit, level }) : undefined) ?? split;
  return found && found.stream.length < bytes ? found : undefined;
}

/** The elements split, unless that takes more than so many bytes by far. */
function splitUnlessLarger(
  elements: Uint8Array,
  { bits, bytes }: { readonly bits: number; readonly bytes: number },
): Found | undefined {
  // A split section has a byte at least for each element.
  if (!hasPlanes(bits) || bytes <= elements.length / (bits / 8)) return undefined;
  const plan = planSplit(elements, bits / 8);
  const guess = elements.length > FEW_BYTES ? GUESS : GUESS_OF_FEW;
  if (plan === undefined || guess * plan.bytes >= bytes) return undefined;
  return { form: "split", plan, stream: encodeSplit(elements, plan) };
}

/** All elements as their sample was; undefined if that takes as many bytes as are told, or more. */
function encodedAs(
  found: Found,
  elements: Uint8Array,
  { sample, bytes }: { readonly sample: Uint8Array; readonly bytes: number },
): Uint8Array | undefined {
  if (found.form !== "split") {
    return deflated(elements, found, { level: levelOf(found, sample, elements.length), maxLength: bytes - 1 });
  }
  const section = encodeSplit(elements, found.plan);
  return section.length < bytes ? section : undefined;
}

function allOf(source: ElementSource): Uint8Array {
  return source instanceof Uint8Array ? source : source.subarray(0, source.length);
}

/**
 * Whether deflate may leave fewer than so many bytes, roughly. Less than a byte for each element is left by long copies only: there their
 * estimate, which hardly ever fails where values repeat so, comes first.
 */
function mayTakeLess(elements: Uint8Array, bits: number, most: number): boolean {
  const size = Math.max(1, bits / 8);
  const isCopied = () => leastCopiedBytes(elements, size) < most;
  const needsCopies = most < elements.length / size;
  return needsCopies
    ? isCopied() && mayDeflateBelow(elements, size, most)
    : mayDeflateBelow(elements, size, most) && isCopied();
}

/** Where deflate is quick, it is tried: an estimate may be off by more than there is. */
const TINY_BYTES = 256;

/**
 * The mirror of {@link encodeWhole}: the elements, if they are as many as the shape needs; those of the form raw are a view.
 * Memory is taken as the bytes justify.
 *
 * @param options.bits of an element; elements of 4 bits are packed two a byte
 * @throws FormatError "truncated", "trailing-data", "out-of-range", "limit-exceeded" if no array can hold them
 */
export function decodeWhole(
  bytes: Uint8Array,
  options: KernelOption & { readonly form: WholeForm; readonly shape: readonly number[]; readonly bits: number },
): Uint8Array {
  const { form, shape, bits, kernels } = options;
  const length = Math.ceil((bits * elementCount(shape)) / 8);
  if (form === "raw") return exactly(bytes, length, shape);
  if (length > MAX_ARRAY_BYTES) {
    const message = `${shapeText(shape)} takes ${length} bytes, more than the ${MAX_ARRAY_BYTES} of an array`;
    throw new FormatError("limit-exceeded", message, { offset: 0 });
  }
  if (form === "deflated") return inflate(bytes, { length });
  if (!hasPlanes(bits)) throw new FormatError("out-of-range", `elements of ${bits} bits have no planes`, { offset: 0 });
  const size = bits / 8;
  if (form === "split") return decodeSplit(bytes, { size, count: length / size, kernels });
  return inflatePlanes(bytes, { size, length, kernels });
}

/** Of so many bytes planes are put together once all are there; of more, as they come, which takes half the memory. */
const WHOLE_BYTES = 2 ** 24;

/** The bytes of elements that were deflated in planes, of which the first has the least significant ones. */
function inflatePlanes(bytes: Uint8Array, { size, length, kernels }: PlaneOptions & KernelOption): Uint8Array {
  if (length > WHOLE_BYTES) return fromBytePlanes(inflatePieces(bytes, { length }), { size, length });
  const whole = inflate(bytes, { length });
  const count = length / size;
  const planes = Array.from({ length: size }, (_, plane) => whole.subarray(plane * count, (plane + 1) * count));
  const stored = planes.reverse().map((own) => ({ bytes: own, isCoded: false, offset: 0 }));
  return splitDecoder(kernels).join(stored, { size, count, isRotated: false });
}

function exactly(bytes: Uint8Array, length: number, shape: readonly number[]): Uint8Array {
  if (bytes.length === length) return bytes;
  const code = bytes.length < length ? "truncated" : "trailing-data";
  throw new FormatError(code, `${shapeText(shape)} takes ${length} bytes, got ${bytes.length}`, { offset: 0 });
}
