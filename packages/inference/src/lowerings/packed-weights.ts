import { type ElementType, intAttribute } from "@deep-compression/network";
import { roundToHalves } from "../halves";
import type { Lowering, LoweringSite } from "../lowering";
import { arrayOfTensor } from "../tensor-arrays";
import { checkSize, denseValues, type StoredTensor } from "../weight-source";

/** MatMulNBits: the product with a weight of integers of a few bits, in blocks with scales and zero points of their own. */
export const matMulNBits: Lowering = (site) => {
  const { node, input, add } = site;
  const bits = intAttribute(node, "bits", 4);
  if (bits !== 4 && bits !== 8) return { whyNot: `weights of ${bits} bits are not taken` };
  if (input(4) !== "") return { whyNot: "an order of groups (g_idx) is not taken" };
  const constants = [1, 2, ...(input(3) === "" ? [] : [3])];
  if (site.hasTensors && constants.some((index) => site.stored(index) === undefined))
    return { whyNot: "its weights are not constant" };
  const weight = site.hasTensors ? site.keep(unpacked(site, bits)) : input(1);
  const product = add("MatMul", [input(0), weight]);
  return [input(5) === "" ? product : add("Add", [product, input(5)])];
};

/** The weight [K, N], of the type that its scales have. Integers are packed along K, the first in the lowest bits. */
function unpacked(site: LoweringSite, bits: 4 | 8): StoredTensor {
  const { node } = site;
  const [rows, columns, block] = ["K", "N", "block_size"].map((name) => intAttribute(node, name, 0)) as Sizes;
  const blocks = Math.ceil(rows / block);
  const codes = numbersAt(site, 1, columns * blocks * ((block * bits) / 8));
  const scales = numbersAt(site, 2, columns * blocks);
  const zeroAt = zeroPoints(site, { bits, columns, blocks });
  const values = new Float32Array(rows * columns);
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      const group = column * blocks + Math.floor(row / block);
      const code = packedAt(codes, column * blocks * block + row, bits);
      values[row * columns + column] = (code - zeroAt(column, Math.floor(row / block))) * scales[group]!;
    }
  }
  const type = site.stored(2)!.type ?? "float32";
  if (type === "float16" || type === "bfloat16") roundToHalves(type, values);
  return { shape: [rows, columns], type, stored: { form: "raw", values } };
}

type Sizes = [rows: number, columns: number, block: number];

/** The zero point of each block of a column: packed as the weight is, a column from a byte on; or numbers; or the middle. */
function zeroPoints(
  site: LoweringSite,
  { bits, columns, blocks }: { readonly bits: 4 | 8; readonly columns: number; readonly blocks: number },
): (column: number, block: number) => number {
  const tensor = site.stored(3);
  if (tensor === undefined) return () => 2 ** (bits - 1);
  if (!isBytes(tensor)) {
    const zeros = numbersAt(site, 3, columns * blocks);
    return (column, block) => zeros[column * blocks + block]!;
  }
  const width = Math.ceil((blocks * bits) / 8);
  const zeros = numbersAt(site, 3, columns * width);
  return (column, block) => packedAt(zeros, column * width * (8 / bits) + block, bits);
}

function isBytes({ type }: { readonly type?: ElementType }): boolean {
  return type === "uint8";
}

function packedAt(bytes: ArrayLike<number>, index: number, bits: 4 | 8): number {
  return bits === 8 ? bytes[index]! : (bytes[index >>> 1]! >>> (4 * (index & 1))) & 15;
}

/** The elements of a constant input. @throws RangeError unless there are as many as expected */
function numbersAt({ node, stored }: LoweringSite, index: number, expected: number): ArrayLike<number> {
  const [name, tensor] = [node.inputs[index]!, stored(index)!];
  const data = "stored" in tensor ? denseValues(name, tensor) : arrayOfTensor(tensor).data;
  checkSize(name, [expected], data.length);
  return data as ArrayLike<number>;
}
