import {
  addCentredProducts,
  addProduct,
  type CentredRows,
  centredRows,
  type MatrixValues,
  NO_CODE,
  pairSums,
} from "@deep-compression/kernels";
import { type KernelName, seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { PLAIN_KERNELS } from "../src/plain-kernels";
import { matrixKernels } from "../src/wasm-kernels";

const numRuns = 60 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

const numbers = (length: number, seed: number): Float64Array => {
  const random = seededRandom(seed);
  return Float64Array.from({ length }, () => random() - 0.5);
};
const floats = (length: number, seed: number): Float32Array => Float32Array.from(numbers(length, seed));

/** Large arrays, of which a test's own comparison takes seconds. */
function expectSame(actual: Float64Array, expected: Float64Array): void {
  expect(Buffer.compare(Buffer.from(actual.buffer), Buffer.from(expected.buffer))).toBe(0);
}

/** Sizes around those of tiles, panels and blocks, and small ones. */
const sizes = (most: number) => fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: most }));

test("products are found by WebAssembly here, so that these tests compare two implementations", () => {
  expect(matrixKernels()).not.toBe(PLAIN_KERNELS);
  expect(matrixKernels("plain")).toBe(PLAIN_KERNELS);
});

const shapes = fc.record({
  rows: sizes(40),
  columns: sizes(40),
  depth: sizes(300),
  right: fc.constantFrom("plain" as const, "transposed" as const),
  change: fc.constantFrom("add" as const, "subtract" as const),
});

const types = fc.constantFrom("double" as const, "float" as const);

test("both kernels give the same product to the bit, of parts that lie anywhere in their arrays", () => {
  fc.assert(
    fc.property(
      shapes,
      types,
      fc.array(fc.nat(5), { minLength: 6, maxLength: 6 }),
      fc.integer(),
      (shape, type, extra, seed) => {
        const part = (rows: number, columns: number, [start, more]: readonly number[], own: number) => {
          const stride = columns + more!;
          const values = numbers(start! + rows * stride, own);
          return { values: type === "double" ? values : Float32Array.from(values), start: start!, stride };
        };
        const { rows, columns, depth } = shape;
        const [height, width] = shape.right === "plain" ? [depth, columns] : [columns, depth];
        const left = part(rows, depth, extra.slice(0, 2), seed);
        const right = part(height, width, extra.slice(2, 4), seed + 1);
        const results = (["wasm", "plain"] as const).map((kernels) => {
          const target = part(rows, columns, extra.slice(4), seed + 2);
          addProduct(target, left, right, { ...shape, kernels });
          return target.values;
        });
        expect(results[0]).toEqual(results[1]);
      },
    ),
    { numRuns: 2 * numRuns },
  );
});

test("a product of several blocks is that of the plain kernel, and nothing beside the target changes", () => {
  const [rows, columns, depth] = [515, 1026, 258];
  const left = { values: numbers(rows * depth, 1), start: 0, stride: depth };
  const right = { values: numbers(depth * columns, 2), start: 0, stride: columns };
  const [wasm, plain] = (["wasm", "plain"] as const).map((kernels) => {
    const target = { values: numbers(rows * (columns + 3), 3), start: 2, stride: columns + 3 };
    addProduct(target, left, right, { rows, columns, depth, kernels });
    return target.values;
  });
  expectSame(wasm!, plain!);
  const before = numbers(rows * (columns + 3), 3);
  const beside = before.map((_, at) => (at < 2 || (at - 2) % (columns + 3) >= columns ? 1 : 0));
  expectSame(
    wasm!.filter((_, at) => beside[at] === 1),
    before.filter((_, at) => beside[at] === 1),
  );
});

test("a product by hand, added, subtracted and transposed", () => {
  const part = (stride: number, ...values: number[]) => ({ values: Float64Array.from(values), start: 0, stride });
  const shape = { rows: 2, columns: 2, depth: 2 };
  const found = (options: Partial<Parameters<typeof addProduct>[3]>) => {
    const target = part(2, 1, 1, 1, 1);
    addProduct(target, part(2, 1, 2, 3, 4), part(2, 5, 6, 7, 8), { ...shape, ...options });
    return [...target.values];
  };
  expect(found({})).toEqual([20, 23, 44, 51]);
  expect(found({ change: "subtract" })).toEqual([-18, -21, -42, -49]);
  expect(found({ right: "transposed" })).toEqual([18, 24, 40, 54]);
});

function productsOf(left: CentredRows, right: CentredRows, kernels: KernelName): Float64Array {
  const products = numbers(left.means.length * right.means.length, 9);
  addCentredProducts(products, left, right, { kernels });
  return products;
}

test("both kernels give the same centred products to the bit, of equal sides and of others", () => {
  fc.assert(
    fc.property(sizes(300), sizes(40), sizes(40), fc.integer(), (count, width, columns, seed) => {
      const rows = [floats(count * width, seed), floats(count * columns, seed + 1)] as const;
      const [wasm, plain] = (["wasm", "plain"] as const).map((kernels) => {
        const [left, right] = [centredRows(rows[0], width, { kernels }), centredRows(rows[1], columns, { kernels })];
        return { left, right, own: productsOf(left, left, kernels), cross: productsOf(left, right, kernels) };
      });
      expect(wasm).toEqual(plain);
    }),
    { numRuns },
  );
});

test("columns of several blocks are those of the plain kernel", () => {
  const [count, width] = [20, 1030];
  const rows = centredRows(floats(count * width, 5), width);
  const other = centredRows(floats(count * 9, 6), 9);
  expectSame(productsOf(rows, rows, "wasm"), productsOf(rows, rows, "plain"));
  expectSame(productsOf(rows, other, "wasm"), productsOf(rows, other, "plain"));
  expectSame(productsOf(other, rows, "wasm"), productsOf(other, rows, "plain"));
});

test("centred products are within 1e-6 of double precision, whatever the columns' magnitudes and means are", () => {
  const [count, width] = [3000, 6];
  const magnitudes = [1, 1e-30, 1e30, 1e-3, 1e4, 1];
  const means = [0, 1e-30, -1e31, 10, 0, 1000];
  const random = seededRandom(4);
  const values = Float32Array.from(
    { length: count * width },
    (_, at) => means[at % width]! + magnitudes[at % width]! * (random() + random() - 1),
  );
  expect(farthestProduct(values, width)).toBeLessThan(1e-6);
});

test("centred products are within 1e-6 of double precision where most values are equal", () => {
  const [count, width] = [1024, 60];
  const random = seededRandom(5);
  const zeroOrOne = Float32Array.from({ length: count * width }, (_, at) => (random() < (at % width) / width ? 1 : 0));
  expect(farthestProduct(zeroOrOne, width)).toBeLessThan(1e-6);
  const behindRelu = zeroOrOne.map((value) => value * random() ** 2);
  expect(farthestProduct(behindRelu, width)).toBeLessThan(1e-6);
});

/** The largest error of a product of two columns, relative to the root of the product of their own. */
function farthestProduct(values: Float32Array, width: number): number {
  const rows = centredRows(values, width);
  const products = new Float64Array(width * width);
  addCentredProducts(products, rows, rows);
  const expected = naiveProducts(values, width);
  const own = (column: number) => expected[column * (width + 1)]!;
  const errors = products.map((product, at) => {
    const size = Math.sqrt(own(Math.floor(at / width)) * own(at % width));
    return size === 0 ? 0 : Math.abs(product - expected[at]!) / size;
  });
  return errors.reduce((most, error) => Math.max(most, error));
}

/** By the definition, in float64. */
function naiveProducts(rows: Float32Array, width: number): Float64Array {
  const count = rows.length / width;
  const means = new Float64Array(width);
  rows.forEach((value, at) => {
    means[at % width]! += value / count;
  });
  const products = new Float64Array(width * width);
  for (let row = 0; row < rows.length; row += width) {
    for (let i = 0; i < width; i++) {
      for (let j = 0; j < width; j++) {
        products[i * width + j]! += (rows[row + i]! - means[i]!) * (rows[row + j]! - means[j]!);
      }
    }
  }
  return products;
}

test("one array on both sides gives what two equal arrays give, and a symmetric matrix", () => {
  const [count, width] = [700, 37];
  const values = floats(count * width, 8);
  const [rows, equal] = [centredRows(values, width), centredRows(values.slice(), width)];
  const [own, cross] = [new Float64Array(width * width), new Float64Array(width * width)];
  addCentredProducts(own, rows, rows);
  addCentredProducts(cross, rows, equal);
  expectSame(own, cross);
  expectSame(
    own,
    own.map((_, at) => own[(at % width) * width + Math.floor(at / width)]!),
  );
});

const codeRows = fc
  .record({ columns: sizes(300), size: fc.integer({ min: 1, max: 12 }), rows: fc.integer({ min: 0, max: 3 }) })
  .chain(({ columns, size, rows }) =>
    fc.record({
      columns: fc.constant(columns),
      size: fc.constant(size),
      worths: fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: rows, maxLength: rows }),
      codes: fc.array(fc.oneof(fc.nat(size - 1), fc.constant(NO_CODE)), {
        minLength: rows * columns,
        maxLength: rows * columns,
        size: "max",
      }),
    }),
  );

function symmetric(columns: number, seed: number): Float64Array {
  const matrix = numbers(columns * columns, seed);
  return matrix.map((value, at) => value + matrix[(at % columns) * columns + Math.floor(at / columns)]!);
}

test("both kernels give the same sums of pairs to the bit, and those of the definition", () => {
  fc.assert(
    fc.property(codeRows, fc.integer(), ({ columns, size, worths, codes }, seed) => {
      const matrix = symmetric(columns, seed);
      const options = { columns, size, worths: Float64Array.from(worths) };
      const found = pairSums(Uint16Array.from(codes), matrix, options);
      expect(found).toEqual(pairSums(Uint16Array.from(codes), matrix, { ...options, kernels: "plain" }));
      const expected = new Float64Array(size * size);
      codes.forEach((own, at) => {
        const start = at - (at % columns);
        for (let j = 0; j < columns; j++) {
          const other = codes[start + j]!;
          if (own === NO_CODE || other === NO_CODE) continue;
          expected[own * size + other]! += worths[start / columns]! * matrix[(at % columns) * columns + j]!;
        }
      });
      found.forEach((sum, at) => {
        expect(Math.abs(sum - expected[at]!)).toBeLessThan(1e-9 * (1 + columns));
      });
    }),
    { numRuns },
  );
});

test("pairs of a matrix of several slabs are those of the plain kernel", () => {
  const columns = 1100;
  const codes = Uint16Array.from({ length: 2 * columns }, (_, at) => (at % 7 === 0 ? NO_CODE : at % 5));
  const matrix = symmetric(columns, 3);
  const options = { columns, size: 5, worths: Float64Array.of(1, 2) };
  expectSame(pairSums(codes, matrix, options), pairSums(codes, matrix, { ...options, kernels: "plain" }));
});

test("rows that are not finite show in the means of their columns", () => {
  for (const kernels of ["wasm", "plain"] as const) {
    const { means } = centredRows(Float32Array.of(1, Number.NaN, 3, 4, Infinity, 6), 3, { kernels });
    expect(Array.from(means, Number.isFinite)).toEqual([true, false, true]);
  }
});

test("wrong sizes are refused", () => {
  const part = { values: new Float64Array(6), start: 0, stride: 3 };
  const shape = { rows: 2, columns: 3, depth: 2 };
  const right = { ...part, values: new Float64Array(5) };
  expect(() => addProduct(part, part, right, shape)).toThrow("right: expected at least 6 elements, got 5");
  expect(() => addProduct({ ...part, stride: 2 }, part, part, shape)).toThrow(
    "target.stride: expected an integer in 3",
  );
  expect(() => addProduct({ ...part, start: 1 }, part, part, shape)).toThrow(RangeError);
  expect(() => addProduct<MatrixValues>(part, { ...part, values: new Float32Array(6) }, part, shape)).toThrow(
    TypeError,
  );
  expect(() => centredRows(new Float32Array(4), 3)).toThrow("rows: expected whole rows of 3 values");
  expect(() => centredRows(new Float32Array(0), 3)).toThrow(RangeError);
  const rows = centredRows(new Float32Array(6), 3);
  expect(() => addCentredProducts(new Float64Array(8), rows, rows)).toThrow("products: expected 9 elements, got 8");
  const more = centredRows(new Float32Array(9), 3);
  expect(() => addCentredProducts(new Float64Array(9), rows, more)).toThrow("right: expected 6 elements, got 9");
  const pairs = { columns: 2, size: 2, worths: new Float64Array(1) };
  expect(() => pairSums(Uint16Array.of(0, 2), new Float64Array(4), pairs)).toThrow("codes[1]: expected a code below 2");
  expect(() => pairSums(new Uint16Array(3), new Float64Array(4), pairs)).toThrow("codes: expected 2 elements, got 3");
  expect(() => pairSums(new Uint16Array(2), new Float64Array(3), pairs)).toThrow("matrix: expected 4 elements, got 3");
});
