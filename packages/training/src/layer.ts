import { describeNode, intsAttribute, type Node, stringAttribute } from "@deep-compression/network";
import type { Arena } from "./arena";
import { type Parameter, type Parameters, padded } from "./parameters";
import type { ProgramWriter } from "./program";

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
  readonly arena: Arena;
  readonly parameters: Parameters;
  readonly thread: number;
  /** Images of this thread in a batch. */
  readonly images: number;
  /** Scratch of a matrix product; grows with the largest. */
  readonly scratch: Scratch;
  /** Inputs' running squares by weight name, when they are wanted: their address. */
  readonly trackers?: ReadonlyMap<string, number>;
  readonly trackDecay: number;
}

/** Room that is used within one instruction or one layer only, so that all layers share it. */
export interface Scratch {
  product(m: number, n: number): number;
  columns(floats: number): readonly [number, number];
}

export interface CompiledLayer {
  readonly output: Value;
  /** Emits the backward pass: from the output's gradient to the input's and the parameters'. */
  readonly backward: (writer: ProgramWriter) => void;
}

export function elements(value: Value, images: number): number {
  return value.channels * value.height * value.width * images;
}

/** A value of this shape with room for its data and its gradient. */
export function allocateValue(
  context: LayerContext,
  shape: Pick<Value, "flat" | "channels" | "height" | "width">,
): Value {
  const bytes = padded(shape.channels * shape.height * shape.width * context.images) * 4;
  return { ...shape, data: context.arena.allocate(bytes), gradient: context.arena.allocate(bytes) };
}

export function ownGradients(context: LayerContext, parameter: Parameter): number {
  return parameter.gradients + context.thread * context.parameters.gradientStride;
}

export function refuse(node: Node, what: string): never {
  throw new RangeError(`${describeNode(node)}: training does not support ${what}`);
}

/** Refuses a window that is padded, or in one of the named ways unusual. */
export function checkWindow(node: Node, usual: Readonly<Record<string, number>>): void {
  for (const [name, expected] of Object.entries({ ...usual, dilations: 1, pads: 0 })) {
    if (intsAttribute(node, name)?.some((value) => value !== expected)) refuse(node, `${name} other than ${expected}`);
  }
  const padding = stringAttribute(node, "auto_pad", "NOTSET");
  if (padding !== "NOTSET" && padding !== "VALID") refuse(node, `auto_pad ${padding}`);
}
