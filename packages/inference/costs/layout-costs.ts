import { seededRandom } from "@deep-compression/runtime";
import { codedColumns } from "../src/coded-columns";
import { groupedRows } from "../src/grouped-rows";
import { Heap } from "../src/heap";
import { kernelMemory } from "../src/kernel-memory";
import { CODED_COLUMNS, GROUPED_PRODUCT } from "../src/kernels.generated";
import { COSTS, otherLayout, PATIENCE } from "../src/layout-choice";
import { type MatrixLayout, place, placedBytes } from "../src/sparse-layout";
import type { SparseMatrix } from "../src/sparse-matrix";
import { alone } from "../src/team";
import { allocateValue } from "../src/value";
import { type Constant, leastSquares, leastTime } from "./measuring";

const OUTPUTS = 4096;
const INPUTS = 4096;
const DENSITIES = [0.04, 0.09, 0.25];
const CENTROIDS = [31, 255];
const NON_ZERO = [1, 0.5, 0.2];

/** A random matrix; entries in ascending order of outputs. */
function randomMatrix(density: number, centroids: number): SparseMatrix {
  const random = seededRandom(1);
  const [outputOf, inputOf, codeOf]: [number[], number[], number[]] = [[], [], []];
  for (let output = 0; output < OUTPUTS; output++) {
    for (let input = Math.floor((2 * random()) / density); input < INPUTS; ) {
      outputOf.push(output);
      inputOf.push(input);
      codeOf.push(Math.floor(centroids * random()));
      input += 1 + Math.floor(2 * random() * (1 / density - 0.5));
    }
  }
  return {
    outputs: OUTPUTS,
    inputs: INPUTS,
    outputOf: Uint32Array.from(outputOf),
    inputOf: Uint32Array.from(inputOf),
    codeOf: Uint8Array.from(codeOf),
    centroids: Float32Array.from({ length: centroids }, () => random() - 0.5),
  };
}

/** Nanoseconds of a vector of which this part of the inputs is not zero; and of laying the matrix out anew. */
function timesOf(layout: MatrixLayout, nonZero: number) {
  const { memory, base, kernels } = kernelMemory({}, [CODED_COLUMNS, GROUPED_PRODUCT]);
  const heap = new Heap(memory, base, 2 ** 32);
  const size = { outputs: OUTPUTS, inputs: INPUTS };
  const room = allocateValue(heap, "uint8", [placedBytes(layout)]);
  const x = allocateValue(heap, "float32", [INPUTS]);
  const y = allocateValue(heap, "float32", [layout.kind.scratch(size).length]);
  const placed = place(layout, room);
  const random = seededRandom(2);
  for (let i = 0; i < x.size; i++) x.data[i] = random() < nonZero ? random() : 0;
  y.data.fill(0 as never);
  const loops = kernels(heap);
  const machine = { kernels: loops, team: alone(loops) };
  const at = { ...size, room: room.address, x: x.address, y: y.address, lanes: 1 } as const;
  const product = leastTime(() => placed.kind.add(machine, placed, at));
  const anew = () => otherLayout(placed, room, size);
  return { product, anew: () => leastTime(anew, 2) };
}

/** The constants by which a sparse matrix is laid out. */
export function layoutConstants(): readonly Constant[] {
  const groups: (readonly [number, number, number])[] = [];
  const columns: (readonly [number, number, number])[] = [];
  const anew: number[] = [];
  for (const density of DENSITIES) {
    for (const centroids of CENTROIDS) {
      const matrix = randomMatrix(density, centroids);
      const entries = matrix.inputOf.length;
      const rows = groupedRows(matrix);
      const byRows = timesOf(rows, 1);
      groups.push([entries, rows.products, byRows.product]);
      anew.push(byRows.anew() / byRows.product);
      const coded = codedColumns(matrix);
      for (const nonZero of NON_ZERO) columns.push([nonZero * entries, INPUTS, timesOf(coded, nonZero).product]);
    }
  }
  const [entry, group] = leastSquares(groups);
  const [columnEntry, column] = leastSquares(columns);
  const file = "layout-choice.ts";
  const unit = "ns an item";
  return [
    { name: "COSTS.entry", file, unit, now: COSTS.entry, measured: entry },
    { name: "COSTS.group", file, unit, now: COSTS.group, measured: group },
    { name: "COSTS.columnEntry", file, unit, now: COSTS.columnEntry, measured: columnEntry },
    { name: "COSTS.column", file, unit, now: COSTS.column, measured: column },
    {
      name: "PATIENCE",
      file,
      unit: "products of the time of a new layout",
      now: PATIENCE,
      measured: Math.max(...anew),
    },
  ];
}
