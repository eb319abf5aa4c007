import { shapeText } from "@deep-compression/runtime";
import { intAttribute, misfit, type Node } from "./graph";
import { type Dimension, mergedProduct, productOf, type RuleInput, type Shape, type ShapedTensor } from "./shapes";

/** ONNX's Reshape: 0 copies a dimension (unless allowzero), one -1 takes what is left. @throws RangeError unless the target is a constant that fits */
export function reshape({ node, input, tensor }: RuleInput): readonly Shape[] {
  const x = input(0);
  const target = targetShape(node, tensor(1));
  const copiesZero = intAttribute(node, "allowzero", 0) === 0;
  const shape = target.map((size, axis): Dimension => {
    if (size !== 0 || !copiesZero) return size;
    const copied = x[axis];
    if (copied !== undefined) return copied;
    throw misfit(node, `target shape ${shapeText(target)} copies dimension ${axis} of ${shapeText(x)}`);
  });
  const open = shape.indexOf(-1);
  if (shape.lastIndexOf(-1) !== open || target.some((size) => size < -1)) {
    throw misfit(node, `target shape ${shapeText(target)} is none`);
  }
  const known = shape.filter((size) => size !== -1);
  const rest = remainder(node, x, known);
  if (open >= 0) return [shape.with(open, rest)];
  const isEmpty = productOf(x).size === 0 && productOf(shape).size === 0;
  if (rest === 1 || isEmpty) return [shape];
  throw unfilled(node, x, shape);
}

/** What `shape` lacks to have as many elements as `x`; symbols of both cancel. */
function remainder(node: Node, x: Shape, shape: Shape): Dimension {
  const [whole, part] = [productOf(x), productOf(shape)];
  const symbols = [...whole.symbols];
  for (const symbol of part.symbols) {
    const at = symbols.indexOf(symbol);
    if (at < 0) throw unfilled(node, x, shape);
    symbols.splice(at, 1);
  }
  const size = whole.size === 0 && part.size === 0 ? 0 : whole.size / part.size;
  if (!Number.isInteger(size)) throw unfilled(node, x, shape);
  return mergedProduct(node, x, { size, symbols });
}

function unfilled(node: Node, x: Shape, shape: Shape): RangeError {
  return misfit(node, `${shapeText(x)} does not fill ${shapeText(shape)}`);
}

function targetShape(node: Node, tensor: ShapedTensor | undefined): readonly number[] {
  if (!tensor?.bytes) throw misfit(node, "the target shape must be a constant tensor");
  const [length = 0] = tensor.shape;
  const { buffer, byteOffset, byteLength } = tensor.bytes;
  if (tensor.shape.length !== 1 || byteLength !== 8 * length) {
    throw misfit(node, `the target shape must be an int64 vector, got ${shapeText(tensor.shape)}`);
  }
  const view = new DataView(buffer, byteOffset, byteLength);
  return Array.from({ length }, (_, index) => Number(view.getBigInt64(8 * index, true)));
}
