import assert from "node:assert/strict";
import { addCentredProducts, addProduct, centredRows, NO_CODE, pairSums } from "@deep-compression/kernels";

// A matrix is an array, where its part begins, and how far apart its rows are.
const part = (stride: number, ...values: number[]) => ({ values: Float64Array.from(values), start: 0, stride });
const target = part(2, 0, 0, 0, 0);
addProduct(target, part(3, 1, 2, 3, 4, 5, 6), part(2, 1, 0, 0, 1, 1, 1), { rows: 2, columns: 2, depth: 3 });
assert.deepEqual([...target.values], [4, 5, 10, 11]);

// Three rows of two columns: the products of the columns about their means, summed up.
const rows = centredRows(Float32Array.of(1, 0, 2, 4, 3, 2), 2);
const products = new Float64Array(4);
addCentredProducts(products, rows, rows); // the same object twice: half the work
assert.deepEqual([...products], [2, 2, 2, 8]);

// The elements of that matrix by codes: column 0 has code 1, column 1 has none.
const sums = pairSums(Uint16Array.of(1, NO_CODE), products, { columns: 2, size: 2, worths: Float64Array.of(10) });
assert.deepEqual([...sums], [0, 0, 0, 20]);
