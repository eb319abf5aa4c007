import { writeContainer } from "@deep-compression/container";
import { type Layout, scanVector } from "@deep-compression/sparse";
import { layouts } from "@deep-compression/sparse/arbitraries";
import fc from "fast-check";
import { buildForm } from "../../tensor-codec/src/cheapest-form";
import { codesFor } from "../../tensor-codec/src/coded-tensor";
import { SECTION_KINDS } from "../../tensor-codec/src/section-flags";
import { encodeWeight } from "../../tensor-codec/src/weight-section";

/** Files of one matrix whose lines have classes, in a sparse form; `compress` writes such files of large tensors only. */
export function classFiles(): fc.Arbitrary<Uint8Array> {
  const centroids = Float32Array.of(-1, 0.5, 3);
  return fc
    .record({
      layout: layouts({ maxRows: 20, maxColumns: 20 }).map(canonical),
      picks: fc.array(fc.constantFrom(0, 0, 0, 1, 2, 3), { minLength: 400, maxLength: 400 }),
      form: fc.constantFrom("gaps" as const, "bitmask" as const),
      gapBits: fc.integer({ min: 1, max: 8 }),
    })
    .filter(({ layout }) => layout.rows * layout.columns > 0)
    .map(({ layout, picks, form, gapBits }) => {
      const { rows, columns } = layout;
      const picked = (at: number) =>
        layout.rowClasses?.[Math.floor(at / columns)] === 0 || layout.columnClasses?.[at % columns] === 0
          ? 0
          : picks[at];
      const positions = Uint32Array.from({ length: rows * columns }, (_, at) => at).filter((at) => picked(at) > 0);
      const used = [1, 2, 3].filter((pick) => positions.some((at) => picked(at) === pick));
      const codes = codesFor(used.length, positions.length).map((_, i) => used.indexOf(picked(positions[i])));
      const walked = scanVector(layout, { length: rows * columns, positions, values: codes });
      const own = centroids.filter((_, i) => used.includes(i + 1));
      const stored = buildForm(
        { shape: [rows, columns], positions, codes, centroids: own },
        { form, layout, gapBits, bytes: 0, walked: { ...walked, centroids: own } },
      );
      const section = { kind: SECTION_KINDS[form], bytes: encodeWeight(stored, "float16") };
      return writeContainer({ tensors: [{ name: "w", type: 1, shape: [rows, columns], sections: [section] }] });
    });
}

/** The same layout with classes numbered without a gap, and without maps that say nothing. */
function canonical({ rowClasses, columnClasses, ...layout }: Layout): Layout {
  const rows = renumbered(rowClasses);
  const columns = renumbered(columnClasses);
  return { ...layout, ...(rows && { rowClasses: rows }), ...(columns && { columnClasses: columns }) };
}

function renumbered(classes: Uint8Array | undefined): Uint8Array | undefined {
  if (classes === undefined) return undefined;
  const numbers = [...new Set(classes)].filter((line) => line > 0).sort((a, b) => a - b);
  const map = classes.map((line) => numbers.indexOf(line) + 1);
  return map.every((line) => line === 1) ? undefined : map;
}
