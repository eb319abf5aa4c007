import { floatTensor, floatValues, type Tensor } from "@deep-compression/network";
import { compress, type TensorPlan } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decompressed, storedIn } from "./opened";

const [ROWS, COLUMNS] = [48, 64];

/** Normally distributed weights, about, of which each row or column is as large as `sizeOf` says. */
function matrix(sizeOf: (row: number, column: number) => number): Tensor {
  const random = seededRandom(7);
  const values = Float32Array.from({ length: ROWS * COLUMNS }, (_, i) => {
    const bell = random() + random() + random() - 1.5;
    return sizeOf(Math.floor(i / COLUMNS), i % COLUMNS) * bell;
  });
  return floatTensor("w", [ROWS, COLUMNS], values);
}

async function stored(tensor: Tensor, plan: TensorPlan) {
  const { bytes, ledger } = compress({ graph: undefined, tensors: [tensor] }, { default: plan });
  const { tensors } = await decompressed(bytes);
  return { bytes, row: ledger.rows[0], values: floatValues(tensors[0]) };
}

/** The relative squared error of the elements of which `isOne` says so. */
function errorOf(tensor: Tensor, values: Float32Array, isOne: (i: number) => boolean): number {
  let [lost, energy] = [0, 0];
  floatValues(tensor).forEach((value, i) => {
    if (!isOne(i)) return;
    lost += (value - values[i]) ** 2;
    energy += value ** 2;
  });
  return lost / energy;
}

const UNLIKE = matrix((row) => 2 ** -(row % 7));

describe("errors of rows", () => {
  test("rows that differ in size have scales, and every row about the error that is allowed", async () => {
    const { row, values, bytes } = await stored(UNLIKE, { maxError: 0.01, errorOf: "rows" });
    expect(row.isScaled).toBe(true);
    expect(row.bytes.scales).toBeGreaterThan(0);
    expect(row.error).toBeLessThanOrEqual(0.01);
    for (let r = 0; r < ROWS; r++) {
      const error = errorOf(UNLIKE, values, (i) => Math.floor(i / COLUMNS) === r);
      expect(error, `row ${r}`).toBeGreaterThan(0.003);
      expect(error, `row ${r}`).toBeLessThan(0.03);
    }
    const { scales } = (await storedIn(bytes)) as { scales?: { rows?: Float32Array } };
    expect(scales?.rows?.length).toBe(ROWS);
  });

  test("with errors of the whole tensor there are no scales, and its small rows are lost", async () => {
    const { row, values } = await stored(UNLIKE, { maxError: 0.01 });
    expect(row.isScaled).toBeUndefined();
    expect(errorOf(UNLIKE, values, (i) => Math.floor(i / COLUMNS) === 6)).toBeGreaterThan(0.3);
  });

  test("rows that are alike have none: they would take more bytes", async () => {
    const { row } = await stored(
      matrix(() => 1),
      { maxError: 0.01, errorOf: "rows" },
    );
    expect(row.isScaled).toBeUndefined();
    expect(row.bytes.scales).toBe(0);
  });

  test("columns likewise", async () => {
    const tensor = matrix((_, column) => 3 ** -(column % 5));
    const { row, values } = await stored(tensor, { maxError: 0.01, errorOf: "columns" });
    expect(row.isScaled).toBe(true);
    for (let c = 0; c < COLUMNS; c++) {
      expect(
        errorOf(tensor, values, (i) => i % COLUMNS === c),
        `column ${c}`,
      ).toBeLessThan(0.03);
    }
    expect((await stored(tensor, { maxError: 0.01, errorOf: "rows" })).row.isScaled).toBeUndefined();
  });

  test("rows of nothing, and rows far out, are kept within the error", async () => {
    for (const sizes of [
      [0, 1, 1e-3],
      [1e-30, 1, 1e30],
      [1e38, 1, 1e-38],
    ]) {
      const tensor = matrix((row) => sizes[row % 3]);
      const { row, values } = await stored(tensor, { maxError: 0.02, errorOf: "rows" });
      expect(row.error).toBeLessThanOrEqual(0.02);
      expect(values.every(Number.isFinite)).toBe(true);
    }
  });

  test("the error of the tensor stays within the bound, whatever the weights", () => {
    const sizes = fc.array(fc.constantFrom(0, 1e-6, 0.01, 0.1, 1, 3, 1e4), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        sizes,
        fc.constantFrom(1e-4, 0.01, 0.2),
        fc.constantFrom("rows", "columns"),
        (all, maxError, lines) => {
          const tensor = matrix((row, column) => all[(lines === "rows" ? row : column) % all.length]);
          const { ledger } = compress(
            { graph: undefined, tensors: [tensor] },
            { default: { maxError, errorOf: lines } },
          );
          expect(ledger.rows[0].error).toBeLessThanOrEqual(maxError);
        },
      ),
      { numRuns: 25 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1) },
    );
  });
});
