import type { GoalTrial, LayerReport } from "@deep-compression/network-calibration";
import { shortened } from "@deep-compression/runtime";
import type { CalibratedCompression } from "./calibrated-compression";
import type { FinetuningReport } from "./finetuned-trial";
import { grouped, percentOf, printable, shortName } from "./terminal";
import { textTable } from "./text-table";

/** What `compress --calibrate --json` prints besides the report and the ledger. */
export function calibrationJson({ curve, chosen, finetuning }: CalibratedCompression) {
  const point = ({ lambda, bytes, outputError, drop }: GoalTrial) => ({ lambda, bytes, outputError, drop });
  const { certificate, lambda, layers } = chosen;
  return { certificate, lambda, curve: curve.map(point), layers, ...(finetuning && { finetuning }) };
}

/** Weights that lost most and are named; the others are counted. */
const MOST_NAMED = 5;

/** Longest line. */
const LONGEST_LINE = 500;

/** What a person must know of a calibrated model, as lines of text. */
export function calibrationText(
  { chosen, curve, ledger, finetuning }: CalibratedCompression,
  names: { readonly model: string; readonly modelBytes: number; readonly file?: string },
): string {
  const { calibrationItems, heldOutItems, executor, outputs, tensorErrors } = chosen.certificate;
  const { modelBytes } = names;
  const { fileBytes } = ledger;
  const ratio = modelBytes / fileBytes;
  const smaller = ratio > 1 ? `: ${ratio.toFixed(ratio < 10 ? 2 : 1)}x smaller` : "";
  const file = names.file === undefined ? "" : `${names.file} `;
  const errors = Object.entries(outputs).map(([name, { relativeError, top1 }]) => {
    const same = top1 === undefined ? "" : ` (largest the same in ${percentOf(top1)})`;
    return `${shortName(name)} ${percentOf(relativeError)}${same}`;
  });
  const drop =
    chosen.drop === undefined
      ? []
      : [`accuracy on items held out: ${(-chosen.drop).toFixed(2)} points against the model's own`];
  const byError = Object.entries(tensorErrors).sort(([, a], [, b]) => b - a);
  const most = byError.slice(0, MOST_NAMED).map(([name, error]) => `${shortName(name)} ${percentOf(error)}`);
  const more = byError.length > most.length ? `, and ${grouped(byError.length - most.length)} more` : "";
  const lines = [
    `${names.model} ${grouped(modelBytes)} bytes -> ${file}${grouped(fileBytes)} bytes${smaller}`,
    `fitted to ${itemCount(calibrationItems)} in ${executor}; errors are on ${itemCount(heldOutItems)} held out`,
    `output errors: ${errors.slice(0, MOST_NAMED).join(", ")}${errors.length > MOST_NAMED ? `, and ${errors.length - MOST_NAMED} more` : ""}`,
    ...drop,
    ...(finetuning ? [finetuningLine(finetuning)] : []),
    ...(most.length > 0 ? [`weights that changed most: ${most.join(", ")}${more}`] : []),
    ...reasonLines(chosen.layers, tensorErrors),
  ];
  const text = lines.map((line) => `${shortened(printable(line), LONGEST_LINE)}\n`).join("");
  return text + curveTable(curve, chosen.lambda);
}

const NOT_TAKEN: Readonly<Record<string, string>> = {
  "no better": "no better, so left out",
  "over the size": "over the size, so left out",
  "over the drop": "over the drop of accuracy, so left out",
};

/** What training did to the trial that the table names. */
function finetuningLine({ steps, errorBefore, errorAfter, bytesBefore, bytesAfter, taken }: FinetuningReport): string {
  const errors = `output error ${percentOf(errorBefore)} -> ${percentOf(errorAfter)}`;
  const bytes = `${grouped(bytesBefore)} -> ${grouped(bytesAfter)} bytes`;
  const end = taken === true ? "" : `: ${NOT_TAKEN[taken]}`;
  return `trained for ${grouped(steps)} ${steps === 1 ? "step" : "steps"}: ${errors}, ${bytes}${end}`;
}

/** Weights that inputs did not decide, by the reason, and how far they are off where the file tells. */
function reasonLines(layers: readonly LayerReport[], errors: Readonly<Record<string, number>>): string[] {
  const groups = new Map<string, LayerReport[]>();
  for (const layer of layers) {
    if (layer.reason === undefined) continue;
    const key = `${layer.method}: ${layer.reason}`;
    groups.set(key, [...(groups.get(key) ?? []), layer]);
  }
  return [...groups].map(([reason, own]) => {
    const elements = own.reduce((sum, layer) => sum + layer.elements, 0);
    const off = own.flatMap(({ tensor }) => errors[tensor] ?? []);
    const [least, most] = [percentOf(Math.min(...off)), percentOf(Math.max(...off))];
    const offBy = off.length === 0 ? "" : `, off by ${least === most ? most : `${least} to ${most}`}`;
    const weights = `${grouped(own.length)} ${own.length === 1 ? "weight" : "weights"}`;
    return `not calibrated: ${weights} of ${grouped(elements)} elements${offBy} (${reason})`;
  });
}

function curveTable(curve: readonly GoalTrial[], chosen: number): string {
  const hasDrop = curve.some(({ drop }) => drop !== undefined);
  const rows = curve.map((trial) => [
    grouped(trial.bytes),
    percentOf(trial.outputError),
    ...(hasDrop ? [(trial.drop ?? Number.NaN).toFixed(2)] : []),
    trial.lambda.toExponential(2),
    trial.lambda === chosen ? "written" : "",
  ]);
  const head = ["bytes", "output error", ...(hasDrop ? ["points lost"] : []), "lambda", ""];
  return textTable(head, rows);
}

function itemCount(count: number): string {
  return `${grouped(count)} ${count === 1 ? "item" : "items"}`;
}
