import {
  assertTensor,
  elementReader,
  type Graph,
  isFloatType,
  type Tensor,
  type ValueInfo,
} from "@deep-compression/network";
import { checkList, quoted, quotedList, shapeText } from "@deep-compression/runtime";
import type { NamedTensors } from "./executor";

/**
 * Checks that every batch has a tensor for each input of a graph, of its type and shape and of finite numbers.
 *
 * @param name of the argument
 * @throws TypeError, RangeError that name the batch and the input
 */
export function checkBatches(name: string, batches: readonly NamedTensors[], { inputs }: Graph): void {
  for (const [i, batch] of checkList(name, batches).entries()) {
    const where = `${name}[${i}]`;
    if (!(batch instanceof Map)) throw new TypeError(`${where}: expected a Map of tensors by name`);
    for (const given of batch.keys()) {
      if (inputs.some((input) => input.name === given)) continue;
      throw new RangeError(
        `${where}: input ${quoted(given)}: unknown, expected ${quotedList(inputs.map((one) => one.name))}`,
      );
    }
    for (const input of inputs) {
      const tensor: Tensor | undefined = batch.get(input.name);
      if (tensor === undefined) throw new RangeError(`${where}: input ${quoted(input.name)}: missing`);
      checkInput(`${where}: input ${quoted(input.name)}`, tensor, input);
    }
  }
}

function checkInput(where: string, tensor: Tensor, { type, shape }: ValueInfo): void {
  assertTensor(tensor);
  if (type !== undefined && tensor.type !== type) throw new TypeError(`${where}: expected ${type}, got ${tensor.type}`);
  const fits = shape?.every((size, axis) => typeof size === "string" || size === tensor.shape[axis]);
  if (shape !== undefined && (shape.length !== tensor.shape.length || !fits)) {
    throw new RangeError(`${where}: expected shape ${shapeText(shape)}, got ${shapeText(tensor.shape)}`);
  }
  if (tensor.shape.includes(0))
    throw new RangeError(`${where}: expected at least one item, got shape ${shapeText(tensor.shape)}`);
  const place = findNotFinite(tensor);
  if (place === undefined) return;
  throw new RangeError(`${where}: expected finite numbers, got ${place.value} at index ${place.index}`);
}

function findNotFinite({ type, bytes }: Tensor): { readonly index: number; readonly value: number } | undefined {
  if (!isFloatType(type)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = elementReader(type);
  const count = (8 * bytes.length) / FLOAT_BITS[type]!;
  for (let index = 0; index < count; index++) {
    const value = read(view, index);
    if (!Number.isFinite(value)) return { index, value };
  }
  return undefined;
}

const FLOAT_BITS: Readonly<Partial<Record<Tensor["type"], number>>> = {
  float16: 16,
  bfloat16: 16,
  float32: 32,
  float64: 64,
};
