import { stridesOf, walk } from "./broadcast";
import type { ElementArray } from "./element-arrays";
import type { Value } from "./value";

/** Elements of a value as plain bits, so that few kinds of arrays are copied. */
type Words = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/** A part of a value: where it begins, and how far apart its elements are along each axis. */
export interface Part {
  readonly value: Value;
  /** Default: 0. */
  readonly start?: number;
  /** Default: those of the value, row-major. */
  readonly strides?: readonly number[];
}

/** Elements that are copied one by one rather than by a call. */
const SHORT = 16;
/** Side of the squares in which two axes are exchanged: what they read and write stays in the first cache. */
const TILE = 32;

/** The whole heap in units of the elements of `data`. */
function memoryOf({ buffer, BYTES_PER_ELEMENT: bytes }: ElementArray): Words {
  if (bytes === 1) return new Uint8Array(buffer);
  if (bytes === 2) return new Uint16Array(buffer);
  return bytes === 4 ? new Uint32Array(buffer) : new BigUint64Array(buffer);
}

/** Where a part begins in {@link memoryOf}. */
function startOf({ value, start = 0 }: Part): number {
  return value.address / value.data.BYTES_PER_ELEMENT + start;
}

/** Copies a part of `shape` to another of elements as wide. The two do not overlap. */
export function copyPart(shape: readonly number[], from: Part, to: Part): void {
  if (shape.includes(0)) return;
  const memory = memoryOf(from.value.data) as Uint32Array;
  const [source, target] = [startOf(from), startOf(to)];
  const fromStrides = from.strides ?? stridesOf(from.value.shape);
  const toStrides = to.strides ?? stridesOf(to.value.shape);
  const path = walk(shape, [fromStrides, toStrides]);
  const { length } = path;
  const [stepFrom, stepTo] = path.steps as [number, number];
  if (length >= SHORT && stepTo === 1 && stepFrom <= 1 && stepFrom >= 0)
    path.each((_, starts) => {
      const [i, k] = [source + starts[0]!, target + starts[1]!];
      if (stepFrom === 1) memory.copyWithin(k, i, i + length);
      else memory.fill(memory[i]!, k, k + length);
    });
  else if (stepFrom !== 1 && crossingAxis(shape, fromStrides) >= 0)
    copyCrossed(shape, { memory, source, target, fromStrides, toStrides });
  else
    path.each((_, starts) => {
      let [i, k] = [source + starts[0]!, target + starts[1]!];
      for (let n = 0; n < length; n++, i += stepFrom, k += stepTo) memory[k] = memory[i]!;
    });
}

/** The axis along which the source's elements touch, if it is not the last; -1: none. */
function crossingAxis(shape: readonly number[], strides: readonly number[]): number {
  const axis = strides.findIndex((stride, i) => stride === 1 && shape[i]! > 1);
  return axis < shape.findLastIndex((size) => size > 1) ? axis : -1;
}

interface Crossed {
  readonly memory: Uint32Array;
  readonly source: number;
  readonly target: number;
  readonly fromStrides: readonly number[];
  readonly toStrides: readonly number[];
}

/** Copies planes of the last axis and of that along which the source's elements touch, in tiles. */
function copyCrossed(shape: readonly number[], { memory, source, target, fromStrides, toStrides }: Crossed): void {
  const across = crossingAxis(shape, fromStrides);
  const last = shape.findLastIndex((size) => size > 1);
  const isOutside = (_: number, axis: number) => axis !== across && axis !== last;
  const outside = walk(shape.filter(isOutside), [fromStrides.filter(isOutside), toStrides.filter(isOutside)]);
  const [width, height] = [shape[across]!, shape[last]!];
  const [fromRow, toRow, toColumn] = [fromStrides[last]!, toStrides[last]!, toStrides[across]!];
  const copyPlane = (from: number, to: number) => {
    for (let left = 0; left < width; left += TILE) {
      const right = Math.min(width, left + TILE);
      for (let top = 0; top < height; top += TILE) {
        const bottom = Math.min(height, top + TILE);
        for (let row = top; row < bottom; row++) {
          const [i, k] = [from + row * fromRow, to + row * toRow];
          for (let column = left; column < right; column++) memory[k + column * toColumn] = memory[i + column]!;
        }
      }
    }
  };
  const [stepFrom, stepTo] = outside.steps as [number, number];
  outside.each((_, starts) => {
    for (let n = 0; n < outside.length; n++)
      copyPlane(source + starts[0]! + n * stepFrom, target + starts[1]! + n * stepTo);
  });
}

/**
 * Fills `to` from `from`, both row-major: index i of an axis is taken from index maps[axis][i] of the source. Of what repeats itself
 * along an axis, one is made and then copied.
 */
export function copyMapped(maps: readonly Int32Array[], from: Value, to: Value): void {
  if (to.size === 0) return;
  const memory = memoryOf(from.data) as Uint32Array;
  const [fromStrides, toStrides] = [stridesOf(from.shape), stridesOf(to.shape)];
  const isWhole = (map: Int32Array, axis: number) =>
    map.length === from.shape[axis] && map.every((index, i) => index === i);
  const axes = 1 + maps.findLastIndex((map, axis) => !isWhole(map, axis));
  const block = axes === 0 ? to.size : toStrides[axes - 1]!;
  const copyAxis = (axis: number, source: number, target: number) => {
    if (axis === axes) {
      memory.copyWithin(target, source, source + block);
      return;
    }
    const [map, fromStride, toStride] = [maps[axis]!, fromStrides[axis]!, toStrides[axis]!];
    if (axis === axes - 1 && block === 1) {
      for (let i = 0; i < map.length; i++) memory[target + i] = memory[source + map[i]!]!;
      return;
    }
    for (let i = 0; i < map.length; i++) {
      const at = target + i * toStride;
      if (i > 0 && map[i] === map[i - 1]) memory.copyWithin(at, at - toStride, at);
      else copyAxis(axis + 1, source + map[i]! * fromStride, at);
    }
  };
  copyAxis(0, startOf({ value: from }), startOf({ value: to }));
}

/** Copies runs of `length` elements: the one at `sources[i]` to `targets(i)`. */
export function copyRuns(
  sources: ArrayLike<number>,
  { from, to, length, targets }: { from: Value; to: Value; length: number; targets: (run: number) => number },
): void {
  const memory = memoryOf(from.data) as Uint32Array;
  const [source, target] = [startOf({ value: from }), startOf({ value: to })];
  for (let run = 0; run < sources.length; run++) {
    const [i, k] = [source + sources[run]!, target + targets(run)];
    if (length < SHORT) for (let n = 0; n < length; n++) memory[k + n] = memory[i + n]!;
    else memory.copyWithin(k, i, i + length);
  }
}

/** A copy of a value, made of its own. */
export function copyWhole(from: Value, to: Value): Value {
  to.data.set(from.data as never);
  return to;
}
