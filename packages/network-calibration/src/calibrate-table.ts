import { elementCount } from "@deep-compression/bits";
import { elementsOfValues, numericValues, type Tensor } from "@deep-compression/network";
import { dataFree } from "./calibrate-matrices";
import type { DoneLayer } from "./calibration-report";
import type { Table } from "./find-layers";
import { whyKept } from "./why-not-captured";

/**
 * Makes a table share values, the more exactly the more often a row is looked up: its outputs are its rows. A row that no input asks
 * for counts as if it were looked up once.
 *
 * @param indices the values of the indices, batch by batch
 */
export function calibrateTable(
  table: Table,
  tensor: Tensor,
  { indices, lambda }: { readonly indices: readonly Tensor[]; readonly lambda: number },
): DoneLayer {
  const [rows = 0] = tensor.shape;
  const columns = elementCount(tensor.shape.slice(1));
  const weights = Float64Array.from(numericValues(tensor));
  const counts = new Float64Array(rows).fill(1);
  let inputs = 0;
  for (const own of indices) {
    for (const index of numericValues(own)) {
      const row = index < 0 ? index + rows : index;
      if (row < rows) counts[row]!++;
      inputs++;
    }
  }
  const kept = whyKept(tensor);
  const report = { tensor: table.name, op: table.node.op, elements: weights.length, inputs };
  if (kept !== undefined) return { report: { ...report, method: "kept", reason: kept, bits: 0 }, tensors: [] };
  const energy = counts.reduce((sum, count, row) => {
    let ofRow = 0;
    for (let at = row * columns; at < (row + 1) * columns; at++) ofRow += weights[at]! ** 2;
    return sum + count * ofRow;
  }, 0);
  const importance = counts.map((count) => count / energy);
  const { codes, centroids, bits } = dataFree(weights, { columns, importance, lambda });
  const values = Float32Array.from(codes, (code) => centroids[code]!);
  const error = values.reduce(
    (sum, value, i) => sum + importance[Math.floor(i / columns)]! * (value - weights[i]!) ** 2,
    0,
  );
  return {
    report: { ...report, method: "by frequency", bits, error },
    tensors: [{ ...tensor, bytes: elementsOfValues(tensor.type, values) }],
  };
}
