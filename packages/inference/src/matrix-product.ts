import { elementCount } from "@deep-compression/bits";
import { describeNode, floatAttribute, intAttribute, type Node } from "@deep-compression/network";
import { activationAt, biasAt, type Operation, type Site, weightAt } from "./operation";
import { multiplyRows } from "./row-kernels";
import { weightRows, weightRowsBytes } from "./weight-rows";

/** Gemm with transA = 0: alpha * x * B + beta * C, where B is a weight ([outputs, inputs] if transB) and C a bias. */
export function gemm(site: Site): Operation {
  const { node } = site;
  const { shape } = activationAt(site, 0);
  if (intAttribute(node, "transA", 0) !== 0) throw new RangeError(`${describeNode(node)}: expected transA 0, got 1`);
  if (shape.length !== 1) throw new RangeError(`${describeNode(node)}: expected an input of rank 2, got [N,${shape}]`);
  return matrixProduct(site, {
    outputs: intAttribute(node, "transB", 0) === 0 ? "columns" : "rows",
    scale: floatAttribute(node, "alpha", 1),
    biasScale: floatAttribute(node, "beta", 1),
  });
}

/** MatMul of an activation [..., inputs] with a weight [inputs, outputs]. */
export function matMul(site: Site): Operation {
  return matrixProduct(site, { outputs: "columns", scale: 1, biasScale: 1 });
}

interface ProductOptions {
  readonly outputs: "rows" | "columns";
  readonly scale: number;
  readonly biasScale: number;
}

function matrixProduct(site: Site, { outputs, scale, biasScale }: ProductOptions): Operation {
  const item = activationAt(site, 0).shape;
  const { name, weight } = weightAt(site, 1, 2);
  const [rows, columns] = weight.shape;
  const [outputSize, inputSize] = outputs === "rows" ? [rows, columns] : [columns, rows];
  if (item.length === 0 || item[item.length - 1] !== inputSize) throw widthError(site.node, { name, inputSize, item });
  const inputOffsets = Uint32Array.from({ length: inputSize }, (_, input) => input);
  const outputOffsets = new Uint32Array(outputSize);
  const prepared = weightRows(weight, { name, rows, columns, outputs, inputOffsets, outputOffsets });
  const bias = biasAt(site, 2, { size: outputSize, scale: biasScale });
  const lead = item.slice(0, -1);
  const positions = Uint32Array.from({ length: elementCount(lead) }, (_, position) => position * inputSize);
  return {
    shape: [...lead, outputSize],
    weightBytes: weightRowsBytes(prepared) + (bias?.byteLength ?? 0),
    run: ({ inputs: [x], output: y, lanes }) =>
      multiplyRows(prepared, { x, y, lanes, positions, rowStride: 1, positionStride: outputSize, scale, bias }),
  };
}

function widthError(node: Node, got: { name: string; inputSize: number; item: readonly number[] }): RangeError {
  const { name, inputSize, item } = got;
  const expected = `${describeNode(node)}: weight "${name}" expected an input of shape [N,...,${inputSize}]`;
  return new RangeError(`${expected}, got [${["N", ...item]}]`);
}
