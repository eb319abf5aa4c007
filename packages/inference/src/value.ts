import { elementCount } from "@deep-compression/bits";
import type { ElementType } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { arrayOf, type ElementArray } from "./element-arrays";
import { roundToHalves } from "./halves";
import type { Block, Heap } from "./heap";

/** A tensor in the heap of a session. */
export interface Value {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** How many elements it has. */
  readonly size: number;
  /** Where it begins in the heap, in bytes. */
  readonly address: number;
  /**
   * The elements, row-major. Take it after all room for outputs was taken: when the heap grows, arrays taken before are cut off
   * from it and read as nothing.
   */
  readonly data: ElementArray;
}

/** A value with the room that it lies in, which views share. */
export class HeapValue implements Value {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly size: number;
  readonly block: Block;
  readonly #heap: Heap;
  #data: ElementArray | undefined;

  constructor(heap: Heap, block: Block, type: ElementType, shape: readonly number[]) {
    this.#heap = heap;
    this.block = block;
    this.type = type;
    this.shape = shape;
    this.size = elementCount(shape);
    assertBounded(shape);
  }

  get address(): number {
    return this.block.address;
  }

  get data(): ElementArray {
    if (this.#data === undefined || this.#data.buffer !== this.#heap.buffer) {
      this.#data = new (arrayOf(this.type))(this.#heap.buffer, this.block.address, this.size);
    }
    return this.#data;
  }
}

/** Loops over the dimensions of a value without elements come to an end soon as long as its others are no more than this together. */
const MAX_EMPTY = 2 ** 26;

/** @throws RangeError for a size below 0, and for a shape with a 0 whose other sizes are absurd */
function assertBounded(shape: readonly number[]): void {
  if (!shape.every((size) => size >= 0)) throw new RangeError(`shape ${shapeText(shape)} has a size below 0`);
  if (!shape.includes(0)) return;
  const others = shape.reduce((product, size) => product * Math.max(1, size), 1);
  if (!(others <= MAX_EMPTY))
    throw new RangeError(
      `shape ${shapeText(shape)} without elements has other sizes of more than ${MAX_EMPTY} together`,
    );
}

/** Runs `work`; a RangeError from it comes with the place in front, which is told only then. */
export function inPlace<T>(place: () => string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof RangeError) throw new RangeError(`${place()}: ${cause.message}`, { cause });
    throw cause;
  }
}

/** Room for a value. @throws RangeError if there is none */
export function allocateValue(heap: Heap, type: ElementType, shape: readonly number[]): HeapValue {
  const bytes = elementCount(shape) * arrayOf(type).BYTES_PER_ELEMENT;
  return new HeapValue(heap, heap.allocate(bytes), type, shape);
}

/** Rounds the elements of a float16 or bfloat16 value, which are held as float32, to those of its type. */
export function roundToType({ type, data }: Value): void {
  if (type === "float16" || type === "bfloat16") roundToHalves(type, data as Float32Array);
}
