import { describeNode, intsAttribute, type Node, stringAttribute } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import type { Scope } from "./arena";
import { type Parameter, type Parameters, padded } from "./parameters";
import type { Instruction, Operands } from "./program";

/**
 * A value between layers, for the images of one thread: [images][features] once `flat`, else
 * [channels][images][height * width]. The gradient has the same layout; 0: nobody needs it.
 */
export interface Value {
  readonly flat: boolean;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: number;
  readonly gradient: number;
}

/** What the layers of one thread's program are compiled with. */
export interface LayerContext {
  readonly scope: Scope;
  readonly parameters: Parameters;
  readonly thread: number;
  /** Images of this thread in a batch. */
  readonly images: number;
  /** Adds an instruction to the program. */
  readonly emit: (instruction: Instruction) => void;
  /** Address of room that is used within one instruction or one layer only: the same for all that ask for as much. */
  readonly scratch: (use: "product" | "columns", bytes: number) => number;
  /** Address of a weight's running squares of its inputs, if they are wanted. */
  readonly trackerOf: (weight: string) => number | undefined;
  readonly trackDecay: number;
}

export interface CompiledLayer {
  readonly output: Value;
  /** Emits the backward pass: from the output's gradient to the input's and the parameters'. */
  readonly backward: () => void;
}

export function elements(value: Value, images: number): number {
  return value.channels * value.height * value.width * images;
}

/** A value of this shape with room for its data and its gradient. */
export function allocateValue(
  { scope, images }: LayerContext,
  shape: Pick<Value, "flat" | "channels" | "height" | "width">,
): Value {
  const bytes = padded(shape.channels * shape.height * shape.width * images) * 4;
  return { ...shape, data: scope.allocate(bytes), gradient: scope.allocate(bytes) };
}

/** Address of this thread's gradients of a parameter. */
export function ownGradients(context: LayerContext, parameter: Parameter): number {
  return parameter.gradients + context.thread * context.parameters.gradientStride;
}

type Flags = "transposeA" | "transposeB" | "accumulate";

/** Emits C = op(A) op(B), or += where it accumulates; flags that are left out are 0. */
export function emitProduct(
  { emit, scratch }: LayerContext,
  product: Omit<Operands<"gemm">, Flags | "scratch"> & Partial<Pick<Operands<"gemm">, Flags>>,
): void {
  // 256 deep panels of A and B behind one tile (assembly/gemm.ts).
  const bytes = 128 + 1024 * (product.m + 4 + product.n + 8);
  const room = scratch("product", 2 ** Math.ceil(Math.log2(bytes)));
  emit({ op: "gemm", transposeA: 0, transposeB: 0, accumulate: 0, ...product, scratch: room });
}

/** @throws RangeError always: training does not support this of the node. */
export function refuse(node: Node, what: string): never {
  throw new RangeError(`${describeNode(node)}: training does not support ${what}`);
}

/** @throws RangeError if a window is padded, or in one of the named ways unusual. */
export function checkWindow(node: Node, usual: Readonly<Record<string, number>>): void {
  for (const [name, expected] of Object.entries({ ...usual, dilations: 1, pads: 0 })) {
    if (intsAttribute(node, name)?.some((value) => value !== expected)) refuse(node, `${name} other than ${expected}`);
  }
  const padding = stringAttribute(node, "auto_pad", "NOTSET");
  if (padding !== "NOTSET" && padding !== "VALID") refuse(node, `auto_pad ${quoted(padding)}`);
}
