import { describeNode, type Node } from "@deep-compression/network";
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
  /** Its data must not be changed in place: others read them too. */
  readonly readOnly?: true;
  /** The outputs of a ReLU: what changes them in place must keep zeros and signs, by which the gradient passes. */
  readonly rectified?: true;
}

export type ValueShape = Pick<Value, "flat" | "channels" | "height" | "width">;

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
  readonly scratch: (use: "product" | "columns" | "padding", bytes: number) => number;
  /** Address of a weight's running squares of its inputs, if they are wanted. */
  readonly trackerOf: (weight: string) => number | undefined;
  readonly trackDecay: number;
}

export interface CompiledLayer {
  readonly output: Value;
  /** Rows of inputs an image that the layer's weight meets, where its inputs are tracked: output positions, of each group. */
  readonly positions?: number;
  /** Emits the backward pass: from the output's gradient to the input's and the parameters'. */
  readonly backward: () => void;
}

/** Emits the forward pass of a node over the values among its inputs. */
export type LayerCompiler = (context: LayerContext, node: Node, inputs: readonly [Value, ...Value[]]) => CompiledLayer;

export function elements(value: ValueShape, images: number): number {
  return value.channels * value.height * value.width * images;
}

/** A value of this shape with room for its data and its gradient. */
export function allocateValue({ scope, images }: LayerContext, { flat, channels, height, width }: ValueShape): Value {
  const bytes = padded(channels * height * width * images) * 4;
  return { flat, channels, height, width, data: scope.allocate(bytes), gradient: scope.allocate(bytes) };
}

/** A value that may be changed in place: the input, or a copy of it where others read it as it is. */
export function ownValue(context: LayerContext, input: Value, change: "rectifies" | "any"): CompiledLayer {
  if (!input.readOnly && (change === "rectifies" || !input.rectified)) return { output: input, backward: () => {} };
  const { emit, images } = context;
  const output = allocateValue(context, input);
  const bytes = elements(input, images) * 4;
  emit({ op: "copy", bytes, from: input.data, to: output.data });
  const backward = () => {
    if (input.gradient) emit({ op: "copy", bytes, from: output.gradient, to: input.gradient });
  };
  return { output, backward };
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
