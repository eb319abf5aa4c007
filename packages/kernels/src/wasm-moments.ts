import type { CentredRows, ColumnSums } from "./centred-rows";
import { PANEL_DEPTH } from "./matrix-kernels";
import { copyBlock, type KernelExports, layOut } from "./wasm-memory";

/** Floats that are summed up at once, unless a row has more. */
const SUMMED = 2 ** 18;

/** Columns of a block of products, whose sums stay in the memory: 8 MB. */
const BLOCK = 1024;

/** Sums of columns, some rows at a time. */
export function sumColumns(kernels: KernelExports, rows: Float32Array, width: number): ColumnSums {
  const step = Math.max(1, Math.floor(SUMMED / width)) * width;
  const sizes = [4 * Math.min(step, rows.length), 8 * width, 4 * width];
  const [values, sums, largest] = layOut(kernels, sizes) as [number, number, number];
  const { buffer } = kernels.memory;
  const found = { sums: new Float64Array(buffer, sums, width), largest: new Float32Array(buffer, largest, width) };
  found.sums.fill(0);
  found.largest.fill(0);
  for (let start = 0; start < rows.length; start += step) {
    const some = rows.subarray(start, start + step);
    new Float32Array(buffer, values).set(some);
    kernels.sumColumns(some.length / width, width, values, sums, largest);
  }
  return { sums: found.sums.slice(), largest: found.largest.slice() };
}

/** Columns [from, from + width) of one side. */
interface Stripe {
  readonly side: CentredRows;
  readonly from: number;
  readonly width: number;
}

/** The products by blocks of columns; of equal sides only those on and below the diagonal, which the others mirror. */
export function addCentredProducts(
  kernels: KernelExports,
  products: Float64Array,
  left: CentredRows,
  right: CentredRows,
): void {
  const isSymmetric = left === right;
  for (const lefts of stripesOf(left)) {
    for (const rights of stripesOf(right)) {
      if (isSymmetric && rights.from > lefts.from) break;
      const part = isSymmetric && rights.from === lefts.from ? "half" : "whole";
      const [sums, pitch] = blockSums(kernels, lefts, rights, part);
      addBlock(products, sums, { pitch, part, lefts, rights });
      if (isSymmetric) addMirrored(products, sums, { pitch, part, lefts, rights });
    }
  }
}

function stripesOf(side: CentredRows): Stripe[] {
  const { length } = side.means;
  return Array.from({ length: Math.ceil(length / BLOCK) }, (_, i) => ({
    side,
    from: i * BLOCK,
    width: Math.min(BLOCK, length - i * BLOCK),
  }));
}

/** The sums of a block of products over all rows, in the kernels' memory, and how far apart their rows are. */
function blockSums(
  kernels: KernelExports,
  lefts: Stripe,
  rights: Stripe,
  part: "half" | "whole",
): readonly [sums: Float64Array, pitch: number] {
  const [height, pitch] = [wholeTiles(lefts.width), wholeTiles(rights.width)];
  const count = lefts.side.rows.length / lefts.side.means.length;
  const depth = Math.min(PANEL_DEPTH, count);
  const floats = [height * depth, pitch * depth, height * depth, pitch * depth, 32].map((size) => 4 * size);
  const doubles = [height * pitch, 2 * height, 2 * pitch].map((size) => 8 * size);
  const [own, other, a, b, scratch, c, means, otherMeans] = layOut(kernels, [...floats, ...doubles]) as [
    ...[number, number, number, number, number],
    ...[number, number, number],
  ];
  const { buffer } = kernels.memory;
  const sums = new Float64Array(buffer, c, height * pitch).fill(0);
  for (const [stripe, address] of [[lefts, means] as const, [rights, otherMeans] as const]) {
    const { side, from, width } = stripe;
    const values = new Float64Array(buffer, address, 2 * width);
    values.set(side.means.subarray(from, from + width));
    values.set(side.scales.subarray(from, from + width), width);
  }

  /** A panel of rows, centred. */
  function load({ side, from, width }: Stripe, first: number, rows: number, at: { x: number; means: number }): void {
    const stride = side.means.length;
    const values = { values: side.rows, start: first * stride + from, stride };
    copyBlock(new Float32Array(buffer, at.x), values, { rows, columns: width, pitch: width });
    kernels.centre(rows, width, at.x, at.means, at.means + 8 * width);
  }

  for (let first = 0; first < count; first += depth) {
    const rows = Math.min(depth, count - first);
    load(lefts, first, rows, { x: own, means });
    kernels.packLeftColumns(lefts.width, rows, own, a);
    if (part === "whole") load(rights, first, rows, { x: other, means: otherMeans });
    kernels.packRightColumns(rights.width, rows, part === "half" ? own : other, b);
    const half = part === "half" ? 1 : 0;
    kernels.addPanels(lefts.width, rights.width, rows, a, b, c, 8 * pitch, half, scratch);
  }
  return [sums, pitch];
}

/** Sums of the products of two stripes; of those of one stripe only the ones on and below the diagonal are there. */
interface BlockSums {
  readonly pitch: number;
  readonly part: "half" | "whole";
  readonly lefts: Stripe;
  readonly rights: Stripe;
}

function addBlock(products: Float64Array, sums: Float64Array, { pitch, part, lefts, rights }: BlockSums): void {
  const columns = rights.side.means.length;
  const rightScales = rights.side.scales.subarray(rights.from);
  for (let i = 0; i < lefts.width; i++) {
    const scale = lefts.side.scales[lefts.from + i];
    const start = (lefts.from + i) * columns + rights.from;
    const width = part === "half" ? i + 1 : rights.width;
    for (let j = 0; j < width; j++) products[start + j] += sums[i * pitch + j] / scale / rightScales[j];
  }
}

/** Adds a block of a symmetric matrix on the other side of the diagonal. */
function addMirrored(products: Float64Array, sums: Float64Array, { pitch, part, lefts, rights }: BlockSums): void {
  const columns = rights.side.means.length;
  const leftScales = lefts.side.scales.subarray(lefts.from);
  for (let j = 0; j < rights.width; j++) {
    const scale = rights.side.scales[rights.from + j];
    const start = (rights.from + j) * columns + lefts.from;
    for (let i = part === "half" ? j + 1 : 0; i < lefts.width; i++) {
      products[start + i] += sums[i * pitch + j] / leftScales[i] / scale;
    }
  }
}

/** As many as whole tiles have, which have 4 rows and 8 columns. */
function wholeTiles(count: number): number {
  return Math.ceil(count / 8) * 8;
}
