import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codedColumns, entriesOfColumns } from "../src/coded-columns";
import { entriesOfRows, groupedRows } from "../src/grouped-rows";
import { Heap } from "../src/heap";
import { kernelMemory } from "../src/kernel-memory";
import { CODED_COLUMNS } from "../src/kernels.generated";
import { plainKernels } from "../src/plain-kernels";
import { place, placedBytes } from "../src/sparse-layout";
import type { SparseMatrix } from "../src/sparse-matrix";
import { alone } from "../src/team";
import { allocateValue } from "../src/value";

/** A matrix as lists of [output, input, code]; centroids are whole numbers, so that all sums are exact. */
function matrixOf(
  outputs: number,
  inputs: number,
  centroids: number,
  entries: readonly (readonly [output: number, input: number, code: number])[],
): SparseMatrix {
  return {
    outputs,
    inputs,
    outputOf: Uint32Array.from(entries, ([output]) => output),
    inputOf: Uint32Array.from(entries, ([, input]) => input),
    codeOf: Uint16Array.from(entries, ([, , code]) => code),
    centroids: Float32Array.from({ length: centroids }, (_, code) => code + 1),
  };
}

/** Where weights are, and their values: what every layout keeps, in whatever order. */
function weightsOf({ outputOf, inputOf, codeOf, centroids }: SparseMatrix): readonly string[] {
  return Array.from(outputOf, (output, i) => `${output} ${inputOf[i]} ${centroids[codeOf[i]!]}`).sort();
}

const GUARD = 16;

/** W x by columns; what lies before and behind the sums must stay. */
function productOf(matrix: SparseMatrix, x: Float32Array, lanes: 1 | 8, kernels: "wasm" | "plain"): Float32Array {
  const { outputs, inputs } = matrix;
  const { memory, base, kernels: loops } = kernelMemory({ kernels, plain: plainKernels }, [CODED_COLUMNS]);
  const heap = new Heap(memory, base, 2 ** 32);
  const layout = codedColumns(matrix);
  const room = allocateValue(heap, "uint8", [placedBytes(layout)]);
  const placed = place(layout, room);
  const input = allocateValue(heap, "float32", [inputs * lanes]);
  const sums = allocateValue(heap, "float32", [outputs * lanes + 2 * GUARD]);
  input.data.set(x as never);
  sums.data.fill(0 as never);
  const floats = sums.data as Float32Array;
  const guards = [floats.subarray(0, GUARD), floats.subarray(GUARD + outputs * lanes)];
  for (const guard of guards) guard.fill(-0);
  const team = alone(loops(heap));
  const at = { room: room.address, x: input.address, y: sums.address + 4 * GUARD, lanes };
  placed.kind.add({ kernels: loops(heap), team }, placed, { outputs, inputs, ...at });
  for (const guard of guards) expect(Array.from(guard, (value) => Object.is(value, -0))).not.toContain(false);
  return floats.slice(GUARD, GUARD + outputs * lanes);
}

function expected({ outputs, inputOf, outputOf, codeOf, centroids }: SparseMatrix, x: Float32Array, lanes: number) {
  const sums = new Float32Array(outputs * lanes);
  for (let i = 0; i < inputOf.length; i++)
    for (let lane = 0; lane < lanes; lane++)
      sums[outputOf[i]! * lanes + lane]! += centroids[codeOf[i]!]! * x[inputOf[i]! * lanes + lane]!;
  return sums;
}

/** Holds all products with a matrix, and its way through both layouts, to what they must be. */
function check(matrix: SparseMatrix, random = seededRandom(1)): void {
  const { inputs } = matrix;
  const columns = codedColumns(matrix);
  const back = entriesOfColumns(columns, matrix);
  expect(weightsOf(back)).toEqual(weightsOf(matrix));
  expect(weightsOf(entriesOfRows(groupedRows(back), matrix))).toEqual(weightsOf(matrix));
  for (const lanes of [1, 8] as const) {
    const x = Float32Array.from({ length: inputs * lanes }, () => (random() < 0.4 ? 0 : Math.floor(9 * random())));
    for (const kernels of ["wasm", "plain"] as const)
      expect(productOf(matrix, x, lanes, kernels)).toEqual(expected(matrix, x, lanes));
  }
}

describe("a matrix by columns", () => {
  test("keeps its weights and multiplies as they do, whatever its size, density and codes", () => {
    const settings = fc.record({
      outputs: fc.constantFrom(1, 3, 40, 300, 16_400),
      inputs: fc.integer({ min: 1, max: 12 }),
      density: fc.constantFrom(0.001, 0.01, 0.1, 0.5, 1),
      centroids: fc.constantFrom(1, 2, 5, 63, 64, 255, 256),
      skew: fc.constantFrom(1, 4),
      seed: fc.integer({ min: 1, max: 1e9 }),
    });
    fc.assert(
      fc.property(settings, ({ outputs, inputs, density, centroids, skew, seed }) => {
        const random = seededRandom(seed);
        const entries: [number, number, number][] = [];
        for (let output = 0; output < outputs; output++)
          for (let input = 0; input < inputs; input++)
            if (random() < density) entries.push([output, input, Math.floor(centroids * random() ** skew)]);
        check(matrixOf(outputs, inputs, centroids, entries), random);
      }),
      { numRuns: 60 },
    );
  });

  test("bridges gaps of 255 and more, and of 65,535 and more where entries are wide", () => {
    for (const [centroids, widest] of [
      [2, 255],
      [300, 65_535],
    ] as const)
      for (const gap of [widest, widest + 1, 2 * widest + 1])
        check(
          matrixOf(gap + 8, 2, centroids, [
            [gap - 1, 0, 1],
            [7, 1, 0],
            [7 + gap, 1, 1],
          ]),
        );
  });

  test("has quads of outputs below 16,384 only, and steps of three codes at most between them", () => {
    const quadsOfFirst = (matrix: SparseMatrix) => codedColumns(matrix).arrays[2]![0];
    const quad = (code: number, first: number) =>
      [0, 1, 2, 3].map((output) => [first + output, 0, code] as [number, number, number]);
    for (const [quads, entries] of [
      [1, [...quad(0, 16_380), ...quad(0, 16_384)]],
      [0, quad(0, 16_382)],
    ] as const) {
      const matrix = matrixOf(16_388, 1, 1, entries);
      expect(quadsOfFirst(matrix)).toBe(quads);
      check(matrix);
    }
    // By the other column the codes are as common as they are low, so that they are not numbered anew.
    const others = Array.from({ length: 10 }, (_, code) => new Array<number>(5 * (12 - code)).fill(code))
      .flat()
      .map((code, output) => [output, 1, code] as [number, number, number]);
    for (const step of [1, 2, 3, 4, 5]) {
      const matrix = matrixOf(others.length, 2, 10, [...quad(1, 0), ...quad(1 + step, 8), ...others]);
      expect(quadsOfFirst(matrix)).toBe(step <= 3 ? 2 : 1);
      check(matrix);
    }
  });

  test("skips zeros among more inputs than are listed at once", () => {
    for (const inputs of [1023, 1024, 1025, 2500]) {
      const entries = Array.from({ length: inputs }, (_, i) => [i % 5, i, i % 3] as [number, number, number]);
      check(
        matrixOf(
          5,
          inputs,
          3,
          entries.toSorted(([a], [b]) => a - b),
        ),
      );
    }
  });

  test("takes two bytes an entry, and ten an input, where hardly any gap is too wide", () => {
    const random = seededRandom(1);
    const entries: [number, number, number][] = [];
    for (let output = 0; output < 1000; output++)
      for (let input = 0; input < 100; input++)
        if (random() < 0.25) entries.push([output, input, Math.floor(31 * random())]);
    const bytes = placedBytes(codedColumns(matrixOf(1000, 100, 31, entries)));
    expect(bytes).toBeLessThan(2 * entries.length + 12 * 100 + 4 * 32 + 64);
  });
});
