import { checkFloats, checkInteger, checkLength } from "@deep-compression/runtime";
import type { ScanSlice } from "./dense-from-codes";
import { type Axis, offsetOf } from "./scan-axis";
import { type Layout, lineAt, NO_LINE, scanByLine } from "./scan-order";

/** A scale for each row of a matrix, for each column, or both. */
export interface LineScales {
  readonly rows?: Float32Array;
  readonly columns?: Float32Array;
}

/**
 * Multiplies the elements of a row-major matrix that a scan meets by the scales of their row and their column, in place: by
 * fround(row * column), and rounded to float32 (docs/format.md, "Scales").
 *
 * @param options.slice the slice of the scan to do, so that threads can do one matrix together. Default: all of it
 * @throws TypeError, RangeError if the matrix or the scales are not of the layout, or the slice not one of the scan
 */
export function scaleScan(
  dense: Float32Array,
  options: { readonly layout: Layout; readonly scales: LineScales; readonly slice?: ScanSlice },
): void {
  const { layout, scales } = options;
  const { rows, columns, order } = layout;
  const scan = scanByLine(layout);
  checkLength("dense", checkFloats("dense", dense).length, rows * columns);
  if (scales.rows) checkLength("scales.rows", checkFloats("scales.rows", scales.rows).length, rows);
  if (scales.columns) checkLength("scales.columns", checkFloats("scales.columns", scales.columns).length, columns);
  const { from, to } = options.slice ?? { from: 0, to: scan.length };
  checkInteger("slice.to", to, { maximum: scan.length });
  checkInteger("slice.from", from, { maximum: to });
  const { outer, inner } = scan;
  const [byLine, within] = order === "row-major" ? [scales.rows, scales.columns] : [scales.columns, scales.rows];
  const placed = scalesInOrder(inner, within);
  let line = NO_LINE;
  for (let position = from; position < to; ) {
    line = lineAt(scan, position, line.submatrix);
    const { base, shift } = line;
    const lineScale = byLine?.[base / outer.stride] ?? 1;
    for (const end = Math.min(line.end, to); position < end; position++) {
      const place = position + shift;
      dense[base + offsetOf(inner, place)]! *= Math.fround(lineScale * placed[place]!);
    }
  }
}

/** The scales of an axis in the scan order of its lines; 1 where there are none. */
function scalesInOrder(axis: Axis, scales: Float32Array | undefined): Float32Array {
  const placed = new Float32Array(axis.groups.at(-1)?.to ?? 0);
  if (scales === undefined) return placed.fill(1);
  for (let place = 0; place < placed.length; place++) placed[place] = scales[offsetOf(axis, place) / axis.stride]!;
  return placed;
}
