import { PANEL_ROWS } from "./matrix-kernels";
import type { MatrixPart, ProductShape } from "./matrix-part";
import { copyBack, copyBlock, type KernelExports, layOut } from "./wasm-memory";

/** Rows and columns of a block of the target: what is copied and packed for it then takes a few percent of the time. */
const BLOCK = 512;

/** The product by blocks of the target, each by panels along the depth. */
export function addProduct(
  kernels: KernelExports,
  target: MatrixPart,
  left: MatrixPart,
  right: MatrixPart,
  shape: ProductShape,
): void {
  const rows = Math.min(BLOCK, shape.rows);
  const columns = Math.min(BLOCK, shape.columns);
  const depth = Math.min(PANEL_ROWS, shape.depth);
  const pitch = wholeTiles(columns) + 4; // rows of 4 KB would fall into the same places of a cache
  const sizes = [rows * depth, columns * depth, wholeTiles(rows) * pitch, wholeTiles(rows) * depth, pitch * depth];
  const addresses = layOut(
    kernels,
    sizes.map((size) => 8 * size),
  );
  const [lefts, rights, targets, leftPanels, rightPanels] = addresses as [number, number, number, number, number];
  const doublesAt = (address: number) => new Float64Array(kernels.memory.buffer, address);

  /** A block of the left or the right part, packed. */
  function packLeft(first: number, from: number, size: { readonly rows: number; readonly depth: number }): void {
    const part = { ...left, start: left.start + first * left.stride + from };
    copyBlock(doublesAt(lefts), part, { rows: size.rows, columns: size.depth, pitch: size.depth });
    const negate = shape.change === "subtract" ? 1 : 0;
    kernels.packLeft(size.rows, size.depth, lefts, 8 * size.depth, negate, leftPanels);
  }
  function packRight(first: number, from: number, size: { readonly columns: number; readonly depth: number }): void {
    const isTransposed = shape.right === "transposed";
    const [down, across] = isTransposed ? [first, from] : [from, first];
    const [height, width] = isTransposed ? [size.columns, size.depth] : [size.depth, size.columns];
    const part = { ...right, start: right.start + down * right.stride + across };
    copyBlock(doublesAt(rights), part, { rows: height, columns: width, pitch: width });
    kernels.packRight(size.columns, size.depth, rights, 8 * width, isTransposed ? 1 : 0, rightPanels);
  }

  for (let j = 0; j < shape.columns; j += columns) {
    for (let i = 0; i < shape.rows; i += rows) {
      const size = { rows: Math.min(rows, shape.rows - i), columns: Math.min(columns, shape.columns - j), pitch };
      const block = { ...target, start: target.start + i * target.stride + j };
      copyBlock(doublesAt(targets), block, size);
      for (let k = 0; k < shape.depth; k += depth) {
        const own = { ...size, depth: Math.min(depth, shape.depth - k) };
        packLeft(i, k, own);
        // One panel along the depth serves all blocks below it.
        if (i === 0 || shape.depth > depth) packRight(j, k, own);
        kernels.addDoubles(own.rows, own.columns, own.depth, leftPanels, rightPanels, targets, 8 * pitch);
      }
      copyBack(block, doublesAt(targets), size);
    }
  }
}

/** As many as whole tiles have, which have 4 rows and 4 columns. */
function wholeTiles(count: number): number {
  return Math.ceil(count / 4) * 4;
}
