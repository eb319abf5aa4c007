/** A picture of where the weights of a tensor are zero: cells row by row, each a byte. */
export interface ZeroPicture {
  readonly width: number;
  readonly height: number;
  /** 0: all weights of the cell are zero, 255: none is. */
  readonly cells: Uint8Array;
  /** In words: what a cell stands for. */
  readonly caption: string;
  /** Rows and columns of a kernel, with a line of empty cells between kernels; absent in a picture without kernels. */
  readonly kernel?: { readonly rows: number; readonly columns: number };
}

/** Cells along an edge, at most. */
export const MOST_CELLS = 256;

/**
 * The matrix of a tensor, its first axis down and all others across; larger ones in cells of several weights. Undefined for a tensor of
 * no elements.
 */
export function matrixPicture(values: Float32Array, shape: readonly number[]): ZeroPicture | undefined {
  const rows = shape.length < 2 ? 1 : shape[0]!;
  const columns = rows === 0 ? 0 : values.length / rows;
  if (rows === 0 || columns === 0) return undefined;
  const [height, width] = [Math.min(rows, MOST_CELLS), Math.min(columns, MOST_CELLS)];
  const others = new Uint32Array(width * height);
  const all = new Uint32Array(width * height);
  const cellOfColumn = Uint16Array.from({ length: columns }, (_, column) => Math.floor((column * width) / columns));
  for (let row = 0, i = 0; row < rows; row++) {
    const start = Math.floor((row * height) / rows) * width;
    for (let column = 0; column < columns; column++, i++) {
      const cell = start + cellOfColumn[column]!;
      all[cell]!++;
      if (values[i] !== 0) others[cell]!++;
    }
  }
  const cells = Uint8Array.from(others, (count, cell) => shade(count, all[cell]!));
  const perCell = [`${rows} rows by ${columns} columns`];
  if (rows > height || columns > width) {
    perCell.push(`a cell is about ${Math.round(rows / height)} by ${Math.round(columns / width)} weights`);
  }
  return { width, height, cells, caption: perCell.join("; ") };
}

/** A cell with a weight that is not zero is never told as empty, nor one with a zero as full. */
function shade(count: number, all: number): number {
  if (count === 0 || count === all) return count === 0 ? 0 : 255;
  return Math.min(254, Math.max(1, Math.round((255 * count) / all)));
}

/**
 * The kernels of a convolution's weight [outputs, inputs, rows, columns], each as it is: outputs down, inputs across; of more than fit,
 * as many as do, evenly spread. Undefined for a tensor of other than four axes or of kernels that are one weight or large.
 */
export function kernelPicture(values: Float32Array, shape: readonly number[]): ZeroPicture | undefined {
  const [outputs = 0, inputs = 0, rows = 0, columns = 0] = shape;
  if (shape.length !== 4 || values.length === 0 || rows * columns < 2 || Math.max(rows, columns) > MOST_KERNEL) {
    return undefined;
  }
  const down = spread(outputs, Math.floor(MOST_CELLS / (rows + 1)));
  const across = spread(inputs, Math.floor(MOST_CELLS / (columns + 1)));
  const [height, width] = [down.length * (rows + 1) - 1, across.length * (columns + 1) - 1];
  const cells = new Uint8Array(width * height);
  for (const [i, output] of down.entries()) {
    for (const [j, input] of across.entries()) {
      const kernel = (output * inputs + input) * rows * columns;
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          const cell = (i * (rows + 1) + y) * width + j * (columns + 1) + x;
          cells[cell] = values[kernel + y * columns + x] === 0 ? 0 : 255;
        }
      }
    }
  }
  const shown = down.length * across.length;
  const of = shown < outputs * inputs ? `${shown} of ${outputs * inputs} kernels, evenly spread` : `${shown} kernels`;
  const caption = `${of}, ${rows} by ${columns}; outputs down, inputs across`;
  return { width, height, cells, caption, kernel: { rows, columns } };
}

const MOST_KERNEL = 64;

/** So many of the whole numbers below `length`, evenly spread, ascending. */
function spread(length: number, most: number): number[] {
  const count = Math.min(length, Math.max(1, most));
  return Array.from({ length: count }, (_, i) => Math.floor((i * length) / count));
}
