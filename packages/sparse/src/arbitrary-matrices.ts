import * as fc from "fast-check";
import { masks, weights } from "./arbitrary-weights";
import type { Matrix } from "./compressed-lines";
import type { PrunedLayer } from "./dead-units";
import type { Layout } from "./scan-order";

interface ShapeConstraints {
  /** Default 9. */
  readonly maxRows?: number;
  /** Default 9. */
  readonly maxColumns?: number;
}

/**
 * Layouts of both orders, with and without density classes (empty or not, a few, any of 0..15) and levels of submatrices; empty
 * matrices included.
 */
export function layouts(constraints: ShapeConstraints = {}): fc.Arbitrary<Layout> {
  return fc
    .tuple(shapes(constraints), fc.constantFrom("row-major" as const, "column-major" as const))
    .chain(([{ rows, columns }, order]) =>
      fc.record(
        {
          rows: fc.constant(rows),
          columns: fc.constant(columns),
          order: fc.constant(order),
          rowClasses: lineClasses(rows),
          columnClasses: lineClasses(columns),
        },
        { requiredKeys: ["rows", "columns", "order"] },
      ),
    )
    .chain((layout) => {
      const submatrices = classesOf(layout.rows, layout.rowClasses) * classesOf(layout.columns, layout.columnClasses);
      const levels = fc.uint8Array({ minLength: submatrices, maxLength: submatrices, max: 15 });
      return fc.option(levels, { nil: undefined }).map((some) => ({ ...layout, ...(some && { levels: some }) }));
    });
}

/** How many classes have lines. */
function classesOf(lines: number, classes: Uint8Array | undefined): number {
  if (classes === undefined) return Math.min(lines, 1);
  return new Set(classes.filter((line) => line > 0)).size;
}

/** Row-major matrices of weights (any but NaN), empty ones included. */
export function matrices(constraints: ShapeConstraints = {}): fc.Arbitrary<Matrix> {
  return shapes(constraints).chain(({ rows, columns }) =>
    weights({ minLength: rows * columns, maxLength: rows * columns }).map((dense) => ({ rows, columns, dense })),
  );
}

export interface PrunedChainConstraints {
  /** Default 4. */
  readonly maxLayers?: number;
  /** Default 5. */
  readonly maxUnits?: number;
}

/** Masks of consecutive layers that fit each other, some with several columns an input (convolutions, flattened maps). */
export function prunedChains(constraints: PrunedChainConstraints = {}): fc.Arbitrary<PrunedLayer[]> {
  const { maxLayers = 4, maxUnits = 5 } = constraints;
  const layer = fc.record({ rows: fc.nat({ max: maxUnits }), columnsPerInput: fc.integer({ min: 1, max: 3 }) });
  return fc.tuple(fc.nat({ max: maxUnits }), fc.array(layer, { maxLength: maxLayers })).chain(([inputs, shape]) =>
    fc.tuple(
      ...shape.map(({ rows, columnsPerInput }, i) => {
        const columns = (shape[i - 1]?.rows ?? inputs) * columnsPerInput;
        const size = { minLength: rows * columns, maxLength: rows * columns };
        return masks(size).map((mask): PrunedLayer => ({ mask, rows, columns, columnsPerInput }));
      }),
    ),
  );
}

/** A density class for each line: all empty, none, 0 and 1, some classes only, any. */
function lineClasses(lines: number): fc.Arbitrary<Uint8Array> {
  return fc
    .constantFrom(
      [0],
      [1],
      [0, 1],
      [1, 2, 3],
      [0, 2, 7, 15],
      Array.from({ length: 16 }, (_, i) => i),
    )
    .chain((classes) => fc.array(fc.constantFrom(...classes), { minLength: lines, maxLength: lines }))
    .map((classes) => Uint8Array.from(classes));
}

function shapes(constraints: ShapeConstraints): fc.Arbitrary<{ readonly rows: number; readonly columns: number }> {
  const { maxRows = 9, maxColumns = 9 } = constraints;
  return fc.record({ rows: fc.nat({ max: maxRows }), columns: fc.nat({ max: maxColumns }) });
}
