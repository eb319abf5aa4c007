import { quoted } from "@deep-compression/runtime";
import {
  type CalibrationInput,
  type CalibrationProgress,
  compressCalibrated,
  FEW_ITEMS,
} from "./calibrated-compression";
import { calibrationPage } from "./calibration-page";
import { pageOf } from "./calibration-page-data";
import { calibrationJson, calibrationText } from "./calibration-summary";
import { type CompressionReport, compressionReport } from "./compress-report";
import { availableExecutor } from "./executors";
import { doing } from "./failure";
import { STANDARD_STREAM } from "./input-file";
import { withModel } from "./open-model-file";
import { assertWritable, type OutputFile, writeAllAtomically, writeOutput } from "./output-file";
import { clock, grouped, percentOf, printJson, shortName, type Terminal } from "./terminal";

/** Where the result of a calibration goes, and how it is told. */
export interface CalibratedRunOptions {
  readonly output?: string;
  readonly dryRun?: true;
  readonly json?: true;
  readonly report?: string;
}

/** `compress --calibrate`. */
export async function runCalibrated(
  model: string,
  input: CalibrationInput,
  { options, terminal }: { readonly options: CalibratedRunOptions; readonly terminal: Terminal },
): Promise<void> {
  const { output, json, report } = options;
  const isWritten = output !== undefined && !options.dryRun;
  if (isWritten) await assertWritable(output, [model]);
  if (report !== undefined && !options.dryRun) await assertWritable(report, [model]);
  const isQuiet = json || output === STANDARD_STREAM;
  const executor = await availableExecutor();
  const folder = isWritten && output !== STANDARD_STREAM ? `${output}.calibration` : undefined;
  const found = await withModel(model, terminal, async (opened) => {
    const shown = calibrationProgress(isQuiet ? undefined : terminal);
    const made = await doing(`compress ${quoted(model)}`, () =>
      compressCalibrated(opened, input, { executor, progress: shown, ...(folder && { folder }) }),
    ).finally(shown.stop);
    const about = withItemWarning(
      compressionReport(opened, made.ledger, { asked: {} }),
      made.chosen.certificate.heldOutItems,
    );
    const page = report === undefined ? undefined : await calibrationPage(await pageOf(model, made, about.modelBytes));
    return { ...made, about, page };
  });
  const { about, page } = found;
  const files: OutputFile[] = [];
  if (report !== undefined && page !== undefined && !options.dryRun) {
    files.push({ path: report, content: new TextEncoder().encode(page) });
  }
  if (isWritten && output === STANDARD_STREAM) await writeOutput(terminal, { path: output, content: found.bytes });
  else if (isWritten) files.push({ path: output, content: found.bytes });
  await writeAllAtomically(files);
  const say = output === STANDARD_STREAM && !options.dryRun ? terminal.error : terminal.out;
  if (json) {
    const { certificate, curve, lambda, layers, finetuning } = calibrationJson(found);
    const { lossy, ...rest } = about;
    return printJson(say, {
      file: isWritten ? output : null,
      ...rest,
      certificate,
      lambda,
      curve,
      layers,
      ...(finetuning && { finetuning }),
      ledger: found.ledger,
    });
  }
  say(calibrationText(found, { model, modelBytes: about.modelBytes, ...(isWritten && { file: output }) }));
  for (const warning of about.warnings) say(`warning: ${warning}\n`);
  for (const path of files.map((file) => file.path)) say(`wrote ${path}\n`);
  if (options.dryRun) say("nothing was written (--dry-run)\n");
}

/** Few items held out say little: the least error of several trials is then the luckiest. */
function withItemWarning(report: CompressionReport, heldOut: number): CompressionReport {
  if (heldOut >= FEW_ITEMS) return report;
  const items = heldOut === 1 ? "1 item" : `${heldOut} items`;
  const warning = `errors are on ${items} only, and may be far larger on others: give a hundred items or more`;
  return { ...report, warnings: [...report.warnings, warning] };
}

/** A line that is drawn over, and a line for each trial; lines only in a pipe. */
function calibrationProgress(terminal: Terminal | undefined): CalibrationProgress & { readonly stop: () => void } {
  const started = performance.now();
  let trials = 0;
  let isDrawn = false;
  let finetuningFrom: number | undefined;
  const beganFinetuning = () => {
    finetuningFrom ??= performance.now();
    return finetuningFrom;
  };
  const clear = () => {
    if (isDrawn) terminal?.out("\r\u001b[K");
    isDrawn = false;
  };
  return {
    onLayer(tensor, { done, total }) {
      if (!terminal?.isScreen) return;
      clear();
      const gone = clock((performance.now() - started) / 1000);
      terminal.out(`trial ${trials + 1}, weight ${grouped(done)}/${grouped(total)} ${shortName(tensor)}, ${gone} gone`);
      isDrawn = true;
    },
    onTrial({ bytes, outputError, drop }) {
      clear();
      trials++;
      const lost = drop === undefined ? "" : `, ${drop.toFixed(2)} points lost`;
      terminal?.out(
        `trial ${trials}: ${grouped(bytes)} bytes, output error ${(100 * outputError).toPrecision(3)} %${lost}\n`,
      );
    },
    onFinetuneStep({ step, steps, loss }) {
      if (!terminal?.isScreen) return;
      clear();
      const off = `outputs of its items off by ${percentOf(Math.sqrt(loss))}`;
      const left = clock(((performance.now() - beganFinetuning()) / 1000 / step) * (steps - step));
      terminal.out(`step ${grouped(step)}/${grouped(steps)}, ${off}, ${left} left`);
      isDrawn = true;
    },
    stop: clear,
  };
}
