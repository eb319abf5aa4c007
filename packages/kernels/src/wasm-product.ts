import { PANEL_DEPTH } from "./matrix-kernels";
import type { MatrixPart, MatrixValues, ProductShape } from "./matrix-part";
import { copyBack, copyBlock, type KernelExports, layOut } from "./wasm-memory";

/** Rows and columns of a block of the target: what is copied and packed for it then takes a few percent of the time. */
const BLOCK = 512;

/** The kernels of products of one type. */
export interface ProductKernels<Values extends MatrixValues> {
  readonly kernels: KernelExports;
  /** Of an element. */
  readonly bytes: number;
  /** Columns of a tile, which has 4 rows. */
  readonly tileColumns: number;
  readonly packLeft: KernelExports["packLeftFloats"];
  readonly packRight: KernelExports["packRightFloats"];
  readonly add: KernelExports["addFloats"];
  readonly valuesAt: (address: number) => Values;
}

export function doubleKernels(kernels: KernelExports): ProductKernels<Float64Array> {
  const { packLeftDoubles: packLeft, packRightDoubles: packRight, addDoubles: add } = kernels;
  const valuesAt = (address: number) => new Float64Array(kernels.memory.buffer, address);
  return { kernels, bytes: 8, tileColumns: 4, packLeft, packRight, add, valuesAt };
}

export function floatKernels(kernels: KernelExports): ProductKernels<Float32Array> {
  const { packLeftFloats: packLeft, packRightFloats: packRight, addFloats: add } = kernels;
  const valuesAt = (address: number) => new Float32Array(kernels.memory.buffer, address);
  return { kernels, bytes: 4, tileColumns: 8, packLeft, packRight, add, valuesAt };
}

/** The product by blocks of the target, each by panels along the depth. */
export function addProduct<Values extends MatrixValues>(
  own: ProductKernels<Values>,
  target: MatrixPart<Values>,
  left: MatrixPart<Values>,
  right: MatrixPart<Values>,
  shape: ProductShape,
): void {
  const { bytes, valuesAt } = own;
  const rows = Math.min(BLOCK, shape.rows);
  const columns = Math.min(BLOCK, shape.columns);
  const depth = Math.min(PANEL_DEPTH, shape.depth);
  const [height, width] = [whole(rows, 4), whole(columns, own.tileColumns)];
  const pitch = width + own.tileColumns; // rows of 4 KB would fall into the same places of a cache
  const sizes = [rows * depth, columns * depth, height * pitch, height * depth, width * depth];
  const addresses = layOut(
    own.kernels,
    sizes.map((size) => bytes * size),
  );
  const [lefts, rights, targets, leftPanels, rightPanels] = addresses as [number, number, number, number, number];

  /** A block of the left or the right part, packed. */
  function packLeft(first: number, from: number, size: { readonly rows: number; readonly depth: number }): void {
    const part = { ...left, start: left.start + first * left.stride + from };
    copyBlock(valuesAt(lefts), part, { rows: size.rows, columns: size.depth, pitch: size.depth });
    const negate = shape.change === "subtract" ? 1 : 0;
    own.packLeft(size.rows, size.depth, lefts, bytes * size.depth, negate, leftPanels);
  }
  function packRight(first: number, from: number, size: { readonly columns: number; readonly depth: number }): void {
    const isTransposed = shape.right === "transposed";
    const [down, across] = isTransposed ? [first, from] : [from, first];
    const [lines, length] = isTransposed ? [size.columns, size.depth] : [size.depth, size.columns];
    const part = { ...right, start: right.start + down * right.stride + across };
    copyBlock(valuesAt(rights), part, { rows: lines, columns: length, pitch: length });
    own.packRight(size.columns, size.depth, rights, bytes * length, isTransposed ? 1 : 0, rightPanels);
  }

  for (let j = 0; j < shape.columns; j += columns) {
    for (let i = 0; i < shape.rows; i += rows) {
      const size = { rows: Math.min(rows, shape.rows - i), columns: Math.min(columns, shape.columns - j), pitch };
      const block = { ...target, start: target.start + i * target.stride + j };
      copyBlock(valuesAt(targets), block, size);
      for (let k = 0; k < shape.depth; k += depth) {
        const panel = { ...size, depth: Math.min(depth, shape.depth - k) };
        packLeft(i, k, panel);
        // One panel along the depth serves all blocks below it.
        if (i === 0 || shape.depth > depth) packRight(j, k, panel);
        own.add(panel.rows, panel.columns, panel.depth, leftPanels, rightPanels, targets, bytes * pitch);
      }
      copyBack(block, valuesAt(targets), size);
    }
  }
}

/** As many as whole tiles have. */
function whole(count: number, tile: number): number {
  return Math.ceil(count / tile) * tile;
}
