import { intAttribute, type Node } from "./graph";
import type { RuleInput, ShapedTensor } from "./shape-rule";
import { type Dimension, misfit, productOf, type Shape, shapeText } from "./shapes";

/** ONNX's Reshape: 0 copies a dimension (unless allowzero), one -1 takes what is left. @throws RangeError unless the target is a constant that fits */
export function reshape({ node, input, tensor }: RuleInput): readonly Shape[] {
  const x = input(0);
  const target = targetShape(node, tensor(1));
  const copiesZero = intAttribute(node, "allowzero", 0) === 0;
  const shape = target.map((size, axis): Dimension => {
    if (size !== 0 || !copiesZero) return size;
    if (axis < x.length) return x[axis];
    throw misfit(node, `target shape ${shapeText(target)} copies dimension ${axis} of ${shapeText(x)}`);
  });
  const open = shape.indexOf(-1);
  if (shape.lastIndexOf(-1) !== open || target.some((size) => size < -1)) {
    throw misfit(node, `target shape ${shapeText(target)} is none`);
  }
  const rest = remainder(
    node,
    x,
    shape.filter((size) => size !== -1),
  );
  if (open >= 0) return [shape.with(open, rest)];
  if (rest !== 1 && !isEmptyMatch(x, shape)) throw misfit(node, `${shapeText(x)} does not fill ${shapeText(shape)}`);
  return [shape];
}

function isEmptyMatch(x: Shape, shape: Shape): boolean {
  return productOf(x).size === 0 && productOf(shape).size === 0;
}

/** What `shape` lacks to have as many elements as `x`; symbols of both cancel. */
function remainder(node: Node, x: Shape, shape: Shape): Dimension {
  const [whole, part] = [productOf(x), productOf(shape)];
  const symbols = [...whole.symbols];
  for (const symbol of part.symbols) {
    const at = symbols.indexOf(symbol);
    if (at < 0) throw misfit(node, `${shapeText(x)} does not fill ${shapeText(shape)}`);
    symbols.splice(at, 1);
  }
  const size = whole.size === 0 && part.size === 0 ? 0 : whole.size / part.size;
  if (!Number.isInteger(size)) throw misfit(node, `${shapeText(x)} does not fill ${shapeText(shape)}`);
  if (symbols.length === 0) return size;
  if (symbols.length === 1 && size === 1) return symbols[0];
  throw misfit(node, `the size of ${shapeText(x)} is not known; give its symbols in options.dimensions`);
}

function targetShape(node: Node, tensor: ShapedTensor | undefined): readonly number[] {
  if (!tensor?.bytes) throw misfit(node, "the target shape must be a constant tensor");
  if (tensor.shape.length !== 1 || tensor.bytes.byteLength !== 8 * tensor.shape[0]) {
    throw misfit(node, `the target shape must be an int64 vector, got ${shapeText(tensor.shape)}`);
  }
  const { buffer, byteOffset } = tensor.bytes;
  const view = new DataView(buffer, byteOffset, 8 * tensor.shape[0]);
  return Array.from({ length: tensor.shape[0] }, (_, index) => Number(view.getBigInt64(8 * index, true)));
}
