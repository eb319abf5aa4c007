import { runProblem } from "@deep-compression/inference";
import type { OpenedModel } from "@deep-compression/model-io";
import { isFloatType, tensorUses } from "@deep-compression/network";
import type { DeclinedKind, Ledger, LedgerRow } from "@deep-compression/pipeline";
import { shortened } from "@deep-compression/runtime";
import { leapsOf } from "./graph-leaps";
import { type MeasuredOutputs, outputsText } from "./measured-outputs";
import { grouped, printable, shortName } from "./terminal";

/** Tensors that were left alone for one reason. */
export interface LeftAlone {
  readonly reason: string;
  readonly tensors: number;
  readonly elements: number;
}

/** What a person must know of a compressed model. */
export interface CompressionReport {
  /** Of the model's files. */
  readonly modelBytes: number;
  readonly fileBytes: number;
  /** Of model to file. */
  readonly ratio: number;
  /** Tensors that lost something, those that lost most first: relative errors, root of the sum of squares. */
  readonly lossy: readonly { readonly tensor: string; readonly error: number }[];
  readonly leftAlone: readonly LeftAlone[];
  /** Why the command `run` cannot run it, if so. */
  readonly runProblem?: string;
  /** What became of outputs on made-up inputs. */
  readonly outputs?: MeasuredOutputs;
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

/** What was asked for, as far as the report depends on it. */
export interface Asked {
  readonly lossless?: boolean;
  readonly sparsity?: number;
  readonly bits?: number;
  readonly targetSize?: number;
  readonly maxError?: number;
  /** The plan's file. */
  readonly plan?: string;
}

/** Whether integers may lose something. */
function asksForLoss({ sparsity = 0, bits, targetSize, maxError, plan }: Asked): boolean {
  return sparsity > 0 || [bits, targetSize, maxError, plan].some((said) => said !== undefined);
}

const DECLINED: Readonly<Record<DeclinedKind, string>> = {
  type: "of a type that is kept without loss",
  "zero point": "integers that have to stay: --json says why",
  empty: "without elements",
  "not finite": "with an infinity or NaN",
  "by plan": "by the plan",
  "few values": "a constant, a mask or a table of few values",
  "no gain": "no loss would save a byte",
  "many values": "too many distinct values for codes",
  "signed zeros": "zeros of both signs",
  "wide values": "numbers that float32 lacks",
  error: "no codes within the error",
  "expansion limit": "so few bytes that readers would refuse them",
  "float16 range": "beyond the range of float16",
  "no such form": "not possible in the plan's form",
};

/** @param outputs what was measured, if anyone did */
export function compressionReport(
  model: OpenedModel,
  ledger: Ledger,
  { asked, outputs }: { readonly asked: Asked; readonly outputs?: MeasuredOutputs },
): CompressionReport {
  const { network, files, notes = [], weights } = model;
  const modelBytes = files.reduce((sum, { source }) => sum + source.byteLength, 0);
  const { fileBytes, rows } = ledger;
  const lossy = rows
    .filter(({ error = 0 }) => error > 0)
    .map(({ tensor, error = 0 }) => ({ tensor, error: Math.sqrt(error) }))
    .sort((a, b) => b.error - a.error);
  const uses = tensorUses({ ...network, weights });
  const whyNot = (row: LedgerRow) => {
    const use = uses.get(row.tensor);
    if (use?.isWeight === false) return `no weight: ${shortName(use.as)}`;
    if (asked.lossless) return "as asked";
    if (!isFloatType(row.type) && !asksForLoss(asked)) return "integers, of which nothing is lost unless asked for";
    return row.declined === undefined ? "without loss by the plan" : DECLINED[row.declined];
  };
  const leftAlone = groupedBy(
    rows.filter(({ error = 0 }) => error === 0),
    whyNot,
  );
  const problem = network.graph ? runProblem(network.graph) : "it has no graph that we know";
  return {
    modelBytes,
    fileBytes,
    ratio: modelBytes / fileBytes,
    lossy,
    leftAlone,
    ...(problem !== undefined && { runProblem: problem }),
    ...(outputs && { outputs }),
    warnings: [
      ...warningsOf({ modelBytes, fileBytes, lossy, model, asked, hasWeights: rows.length > 0 }),
      ...(outputs ? outputsText(outputs).warnings : []),
    ],
    notes,
  };
}

function groupedBy(rows: readonly LedgerRow[], reasonOf: (row: LedgerRow) => string): readonly LeftAlone[] {
  const groups = new Map<string, LeftAlone>();
  for (const row of rows) {
    const reason = reasonOf(row);
    const { tensors, elements } = groups.get(reason) ?? { tensors: 0, elements: 0 };
    groups.set(reason, { reason, tensors: tensors + 1, elements: elements + row.weights });
  }
  return [...groups.values()].sort((a, b) => b.elements - a.elements);
}

/** A relative error of a weight from which on it may well show in what the model does. */
const LARGE_ERROR = 0.1;

function warningsOf(found: {
  readonly modelBytes: number;
  readonly fileBytes: number;
  readonly lossy: CompressionReport["lossy"];
  readonly model: OpenedModel;
  readonly asked: Asked;
  readonly hasWeights: boolean;
}): string[] {
  const { modelBytes, fileBytes, lossy, model, asked, hasWeights } = found;
  const { graphProblem } = model;
  const warnings: string[] = [];
  const large = lossy.filter(({ error }) => error > LARGE_ERROR).length;
  if ((asked.sparsity ?? 0) > 0) {
    warnings.push(
      `${percentOf(asked.sparsity!)} of each weight was pruned without retraining, which most models do not survive: compare before and after`,
    );
  } else if (large > 0) {
    warnings.push(`${countOf(large, "weight")} lost more than ${percentOf(LARGE_ERROR)}: compare before and after`);
  }
  const leaps = lossy.length > 0 && model.network.graph ? leapsOf(model.network.graph) : undefined;
  if (leaps !== undefined) {
    warnings.push(
      `the graph picks by comparison (${leaps}): where two values are nearly the same, any loss may change what it picks: compare before and after`,
    );
  }
  if (fileBytes >= modelBytes) warnings.push("the file is no smaller than the model: there was nothing to gain");
  if (graphProblem !== undefined) {
    const told = model.weights === undefined ? "shapes" : "its operators and names";
    warnings.push(`the graph was not understood, so ${told} told what is a weight: ${graphProblem}`);
  }
  if (!hasWeights) warnings.push("no tensors were found: the model was packed only");
  return warnings;
}

/** Tensors and groups that are shown; the others are counted. */
const [MOST_LOSSY, MOST_GROUPS] = [5, 6];

/** Longest line of the report. */
const LONGEST_LINE = 500;

/** The report as lines of text. */
export function reportText(
  report: CompressionReport,
  names: { readonly model: string; readonly file?: string },
): string {
  const { modelBytes, fileBytes, ratio, lossy, leftAlone, warnings, notes } = report;
  const smaller = ratio > 1 ? `: ${ratio.toFixed(ratio < 10 ? 2 : 1)}x smaller` : "";
  const [first, ...others] = [
    `${names.model} ${grouped(modelBytes)} bytes -> ${names.file === undefined ? "" : `${names.file} `}${grouped(fileBytes)} bytes${smaller}`,
    ...lossyLines(lossy),
    ...leftLines(leftAlone),
    report.runProblem === undefined
      ? "the command run can run it, as far as its graph tells"
      : `the command run cannot run it: ${report.runProblem}; restore it to run it elsewhere`,
    ...(lossy.length > 0 && report.outputs ? outputsText(report.outputs).lines : []),
    ...notes.map((note) => `note: ${note}`),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
  return [first, ...others].map((line) => `${shortened(printable(line ?? ""), LONGEST_LINE)}\n`).join("");
}

function lossyLines(lossy: CompressionReport["lossy"]): string[] {
  if (lossy.length === 0) return ["nothing was lost: every tensor comes back bit for bit"];
  const most = lossy.slice(0, MOST_LOSSY).map(({ tensor, error }) => `${shortName(tensor)} ${percentOf(error)}`);
  return [
    `${countOf(lossy.length, "tensor")} coded with loss, relative errors: ${most.join(", ")}${andMore(lossy, most)}`,
  ];
}

function leftLines(leftAlone: readonly LeftAlone[]): string[] {
  if (leftAlone.length === 0) return [];
  const shown = leftAlone.slice(0, MOST_GROUPS).map(({ reason, tensors, elements }) => {
    return `${countOf(tensors, "tensor")} of ${countOf(elements, "element")} (${reason})`;
  });
  return [`left bit for bit: ${shown.join(", ")}${andMore(leftAlone, shown)}`];
}

function andMore(all: readonly unknown[], shown: readonly unknown[]): string {
  return all.length > shown.length ? `, and ${grouped(all.length - shown.length)} more` : "";
}

function countOf(count: number, thing: string): string {
  return `${grouped(count)} ${thing}${count === 1 ? "" : "s"}`;
}

function percentOf(part: number): string {
  return `${Number((100 * part).toPrecision(2))} %`;
}
