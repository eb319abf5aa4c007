import { byteReader, byteWriter, FormatError, varintLength } from "@deep-compression/bits";
import { CHUNK_SYMBOLS } from "@deep-compression/huffman";
import type { KernelOption } from "@deep-compression/runtime";
import { encodePlane, HEADER_BYTES, MAX_SINGLE } from "./coded-plane";
import { type SplitDecoder, splitDecoder } from "./split-decoder";
import { planeCounts, type SplitOrder, splitPlane } from "./split-planes";

/** How elements are split. */
export interface SplitPlan extends SplitOrder {
  /** By plane: whether it is coded, and not stored as it is. One at least is stored. */
  readonly isCoded: readonly boolean[];
  /** Of the section, about. */
  readonly bytes: number;
}

/** Bit 0 of the flags; the others are 0. */
const ROTATED = 0x01;

/** The length that says a plane is stored as it is: no coded one is so short. */
const STORED = 0;

/** What coding may leave of a plane: the mantissas of floats come down to 0.98 to 0.99, which is not worth decoding them. */
const WORTH_CODING = 0.98;

/** Fewer elements have too few bytes to pay for code lengths. */
const MIN_ELEMENTS = 24;

/** The cheapest way to split these elements, from how often each byte occurs; undefined if no plane is worth coding. */
export function planSplit(elements: Uint8Array, size: number): SplitPlan | undefined {
  const count = elements.length / size;
  if (count < MIN_ELEMENTS) return undefined;
  const { inOrder, rotated } = planeCounts(elements, size);
  const costs = inOrder.map((counts) => codedBytes(counts, count));
  const rotatedCosts = rotated.map((counts, plane) => (plane < 2 ? codedBytes(counts, count) : costs[plane]!));
  const [one, other] = [planOf(costs, count, false), planOf(rotatedCosts, count, true)];
  const best = other.bytes < one.bytes ? other : one;
  return best.isCoded.includes(true) ? best : undefined;
}

/** A plan from what each plane takes if it is coded. */
function planOf(costs: readonly number[], count: number, isRotated: boolean): SplitPlan {
  // One is stored, so that a section has a byte at least for each element: the one that coding saves least of.
  const dearest = costs.indexOf(Math.max(...costs));
  const isCoded = costs.map((cost, plane) => plane !== dearest && cost <= WORTH_CODING * count);
  const planes = costs.reduce((sum, cost, plane) => sum + (isCoded[plane] ? cost : count), 0);
  const lengths = isCoded.reduce((sum, coded) => sum + (coded ? varintLength(count) : 1), 1);
  return { size: costs.length, isRotated, isCoded, bytes: lengths + planes };
}

/** About what a symbol takes in a table of code lengths. */
const TABLE_BITS = 3;

/** What a coded plane takes, about: its entropy, a table, and the lengths of substreams. */
function codedBytes(counts: Uint32Array, count: number): number {
  let bits = 0;
  for (const own of counts) if (own > 0) bits += TABLE_BITS - own * Math.log2(own / count);
  const headers = count > MAX_SINGLE ? HEADER_BYTES * Math.ceil(count / CHUNK_SYMBOLS) : 0;
  return Math.min(count, 2 + headers + bits / 8);
}

/** The section of these elements (docs/format.md, "Split"). */
export function encodeSplit(elements: Uint8Array, { isCoded, ...order }: SplitPlan): Uint8Array {
  const count = elements.length / order.size;
  const head = byteWriter();
  head.u8(order.isRotated ? ROTATED : 0);
  const coded = isCoded.map((isOne, plane) => (isOne ? encodePlane(splitPlane(elements, plane, order)) : undefined));
  for (const plane of coded) head.varint(plane?.length ?? STORED);
  const planes = coded.reduce((sum, plane) => sum + (plane?.length ?? count), 0);
  const section = new Uint8Array(head.length + planes);
  section.set(head.finish());
  let at = head.length;
  for (const [number, plane] of coded.entries()) {
    const room = section.subarray(at, at + (plane?.length ?? count));
    if (plane === undefined) splitPlane(elements, number, order, room);
    else room.set(plane);
    at += room.length;
  }
  return section;
}

/** What a reader of a split section must know beforehand. */
export interface SplitSize extends KernelOption {
  /** Bytes of an element. */
  readonly size: number;
  readonly count: number;
}

/**
 * The mirror of {@link encodeSplit}: the bytes of the elements. Memory is taken once the bytes are found to be one for each
 * element at least.
 *
 * @throws FormatError "out-of-range" for flags that mean nothing, no elements, or planes of which none is stored; "truncated",
 * "trailing-data"; as `decodePlane`
 */
export function decodeSplit(bytes: Uint8Array, { size, count, kernels }: SplitSize): Uint8Array {
  const decoder = splitDecoder(kernels);
  return decoder.decode(bytes, size, count) ?? decodePlanes(bytes, { size, count }, decoder);
}

/** The same plane by plane. */
function decodePlanes(bytes: Uint8Array, { size, count }: SplitSize, decoder: SplitDecoder): Uint8Array {
  const reader = byteReader(bytes);
  const flags = reader.u8();
  const refuse = (message: string) => new FormatError("out-of-range", message, { offset: 0 });
  if ((flags & ~ROTATED) !== 0) throw refuse(`flags ${flags} are not those of the form split`);
  if (count === 0) throw refuse("a tensor of no elements is split");
  const lengths = Array.from({ length: size }, () => reader.varint());
  if (!lengths.includes(STORED)) throw refuse("no plane is stored as it is");
  const planes = lengths.map((length) => {
    const { offset } = reader;
    return { offset, isCoded: length !== STORED, bytes: reader.bytes(length === STORED ? count : length) };
  });
  reader.expectEnd();
  return decoder.join(planes, { size, count, isRotated: flags === ROTATED });
}
