import { basename } from "node:path";
import { numericValues, type Tensor } from "@deep-compression/network";
import type { CalibratedCompression } from "./calibrated-compression";
import { type CalibrationPage, histogramOf, type LayerOnPage } from "./calibration-page";
import { plainWays } from "./plain-quantization";
import { grouped } from "./terminal";

const BINS = 120;

/** Shared values of a weight that are drawn; of more, none are. */
const MOST_CENTROIDS = 512;

/** What the page of a calibrated model tells. */
export async function pageOf(
  model: string,
  found: CalibratedCompression,
  modelBytes: number,
): Promise<CalibrationPage> {
  const { chosen, curve, network, ledger } = found;
  const { certificate } = chosen;
  const { calibrationItems, heldOutItems, executor } = certificate;
  const rows = new Map(ledger.rows.map((row) => [row.tensor, row]));
  const originals = new Map(network.tensors.map((tensor) => [tensor.name, tensor]));
  const layers = chosen.layers.map(({ tensor, op, elements, method, reason }): LayerOnPage => {
    const row = rows.get(tensor);
    const changed = chosen.tensors.get(tensor) ?? originals.get(tensor)!;
    return {
      tensor,
      op,
      elements,
      bytes: row === undefined ? 0 : Object.values(row.bytes).reduce((sum, bytes) => sum + bytes, 0),
      error: certificate.tensorErrors[tensor] ?? 0,
      method: reason === undefined ? method : `${method}: ${reason}`,
      histogram: histogramOf(numericValues(originals.get(tensor)!), BINS),
      centroids: centroidsOf(changed),
    };
  });
  const others = await plainWays(network, found.heldOut, found.executor);
  return {
    model: basename(model),
    modelBytes,
    chosen: { bytes: ledger.fileBytes, outputError: chosen.outputError },
    curve,
    others,
    layers,
    notes: [
      `Weights were fitted to ${grouped(calibrationItems)} items in ${executor}; errors of outputs are on ${grouped(heldOutItems)} items held out: ||y - y'|| / ||y||, the largest of the outputs.`,
    ],
  };
}

function centroidsOf(tensor: Tensor): LayerOnPage["centroids"] {
  const counts = new Map<number, number>();
  for (const value of numericValues(tensor)) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
    if (counts.size > MOST_CENTROIDS) return [];
  }
  return [...counts].map(([value, count]) => ({ value, count }));
}
