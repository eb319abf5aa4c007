import { quoted } from "@deep-compression/runtime";
import { type Command, Option } from "commander";
import type { CalibrationInput } from "./calibrated-compression";
import { runCalibrated } from "./calibrated-run";
import { addCalibrationOptions, type CalibrationOptions, calibrationOf } from "./calibration-options";
import { compressionReport, reportText } from "./compress-report";
import { withEncodingThreads } from "./encoding-threads";
import { doing, reasonOf } from "./failure";
import { STANDARD_STREAM } from "./input-file";
import { compressedAndMeasured, meterOf } from "./measured-outputs";
import { withModel } from "./open-model-file";
import { byteSize, fileNamed, fraction, wholeNumber } from "./option-values";
import { assertWritable, writeOutput } from "./output-file";
import { MAX_BITS, type PlanOptions, planOfOptions, readPlan } from "./plan-file";
import { tensorProgress } from "./progress";
import { printJson, type Terminal } from "./terminal";

interface CompressOptions extends PlanOptions, CalibrationOptions {
  readonly output?: string;
  readonly dryRun?: true;
  readonly plan?: string;
  /** False: outputs are not measured. */
  readonly measure: boolean;
  readonly json?: true;
  readonly threads?: number;
}

/** Adds the command `compress`. */
export function addCompress(program: Command, terminal: Terminal): void {
  const command: Command = program
    .command("compress")
    .summary("make a .dcz file of a model")
    .description(
      "Makes a .dcz file of an ONNX, safetensors or TensorFlow.js model, from which the model's own files come back. Weights are coded with so small an error that the model goes on working; biases, masks, norms and all else are kept bit for bit, and the report says what lost how much. Weights that are 8-bit integers already lose nothing unless an option or a plan says how much. --lossless loses nothing. There is no retraining here: --sparsity costs accuracy. With --calibrate weights are fitted to what the layers do with inputs, which takes half the bytes and some minutes. Models may be larger than memory.",
    )
    .argument(
      "<model>",
      "the model: .onnx, .safetensors, the index of several, or model.json; - for the standard input",
    )
    .option("-o, --output <file>", "the .dcz file to write; - for the standard output", fileNamed(".dcz"))
    .option("--dry-run", "tell all that, and write nothing")
    .addOption(new Option("--lossless", "lose nothing").conflicts(["sparsity", "bits", "targetSize", "maxError"]))
    .option("--sparsity <fraction>", "fraction of the weights to prune, 0 to 1 (default: none)", fraction)
    .option(
      "--bits <bits>",
      `bits of a shared value, 1 to ${MAX_BITS} (default: as many as keep the error small)`,
      wholeNumber(1, MAX_BITS),
    )
    .addOption(
      new Option(
        "--target-size <size>",
        "most that the file may take: bytes, kB, MB, GB (of 1000) or KiB, MiB, GiB (of 1024)",
      )
        .argParser(byteSize)
        .conflicts(["maxError", "bits"]),
    )
    .addOption(
      new Option(
        "--max-error <fraction>",
        "most squared error that each weight may have, of its sum of squares, 0 to 1; with --calibrate the error of the outputs, a norm of a norm",
      )
        .argParser(fraction)
        .conflicts(["bits"]),
    )
    .addOption(
      new Option(
        "--effort <effort>",
        "smallest: the fewest bytes, however long they take to decode; default: the same where that is no time; fast: the fastest",
      ).choices(["fast", "default", "smallest"]),
    )
    .addOption(new Option("--plan <file>", "a plan in JSON, tensor by tensor, instead").conflicts(PLAN_OPTIONS))
    .option(
      "--no-measure",
      "do not run the model on made-up inputs before and after; without other options weights then lose what is usual, whatever that does to the outputs",
    )
    .option("--json", "print the report and the ledger as JSON")
    .addOption(
      new Option(
        "--threads <threads>",
        "threads that encode the tensors of a large model side by side, which changes no byte (default: as many as the machine runs, 4 at most)",
      )
        .argParser(wholeNumber(1, 64))
        .conflicts(["calibrate", "targetSize"]),
    );
  addCalibrationOptions(command);
  command.addHelpText("after", PLAN_HELP).action((model: string, options: CompressOptions) => {
    if (options.output !== undefined || options.dryRun) return runChosen(model, options, { command, terminal });
    return command.error("required option '-o, --output <file>' not specified (or --dry-run)");
  });
}

/** The options that say what a plan file would say. */
const PLAN_OPTIONS: (keyof PlanOptions)[] = ["lossless", "sparsity", "bits", "targetSize", "maxError", "effort"];

const PLAN_HELP = `
A plan has "default", and under "tensors" names or patterns with *, each with any of
  sparsity 0..1, share "exact" | "none" | { "size", "method", "init", "seed" } | { "method": "entropy-constrained", "lambda", "size" },
  maxError 0..1, zeros "auto" | "keep", form "auto" | "raw" | "dense" | "gaps" | "bitmask" | "context", gapBits "auto" | 1..8,
  centroids "auto" | "float16" | "float32", lineMaps, order, negativeZero, quantization { "zeroPoint" } of 8-bit integers;
and "targetBytes" or "maxError" for all tensors that do not say how they share values; "effort"; and "metadata".

Examples
  deep-compression compress model.onnx -o model.dcz
  deep-compression compress model.onnx -o model.dcz --lossless
  deep-compression compress model.onnx --dry-run --max-error 0.001
  deep-compression compress model.onnx -o model.dcz --calibrate x.npy --max-error 0.05 --report report.html
  deep-compression compress vgg16.safetensors -o vgg16.dcz --target-size 11.3MB
  echo '{ "tensors": { "*.weight": { "sparsity": 0.8, "share": { "size": 63 } } } }' > plan.json
  deep-compression compress model.onnx -o model.dcz --plan plan.json`;

function runChosen(
  model: string,
  options: CompressOptions,
  { command, terminal }: { readonly command: Command; readonly terminal: Terminal },
): Promise<void> {
  let calibration: CalibrationInput | undefined;
  try {
    calibration = calibrationOf(options);
  } catch (error) {
    return command.error(reasonOf(error));
  }
  return calibration === undefined
    ? runCompress(model, options, terminal)
    : runCalibrated(model, calibration, { options, terminal });
}

async function runCompress(model: string, options: CompressOptions, terminal: Terminal): Promise<void> {
  const { output, plan: planPath, json, dryRun } = options;
  if (output !== undefined && !dryRun) {
    await assertWritable(output, planPath === undefined ? [model] : [model, planPath]);
  }
  const plan = planPath === undefined ? undefined : await readPlan(planPath);
  const what =
    planPath === undefined ? `compress ${quoted(model)}` : `compress ${quoted(model)} by the plan ${quoted(planPath)}`;
  const { bytes, ledger, report } = await withModel(model, terminal, async (opened) => {
    const network = { ...opened.network, weights: opened.weights };
    const { length: tensors } = network.tensors;
    const shown = tensorProgress(json || output === STANDARD_STREAM ? undefined : terminal, {
      doing: "compressing",
      tensors,
    });
    const chosen = plan ?? (options.measure && isByDefault(options) ? undefined : planOfOptions(network, options));
    const way = { plan: chosen, effort: options.effort, meter: meterOf(opened, options.measure), onRead: shown.show };
    const compressed = () =>
      withEncodingThreads(network, options.threads, (threads) => compressedAndMeasured(opened, { ...way, ...threads }));
    const work = () => (plan ? compressed() : byOptionNames(compressed));
    const { bytes, ledger, ...outputs } = await doing(what, work).finally(shown.stop);
    return { bytes, ledger, report: compressionReport(opened, ledger, { asked: options, outputs }) };
  });
  if (output !== undefined && !dryRun) await writeOutput(terminal, { path: output, content: bytes });
  const say = output === STANDARD_STREAM && !dryRun ? terminal.error : terminal.out;
  if (json) return printJson(say, { file: dryRun ? null : output, ...report, ledger });
  say(reportText(report, { model, ...(!dryRun && { file: output }) }));
  say(dryRun ? "nothing was written (--dry-run)\n" : `wrote ${output}\n`);
}

/** Whether nothing is said of what weights may lose. */
function isByDefault({ lossless, sparsity, bits, targetSize, maxError }: CompressOptions): boolean {
  return !lossless && [sparsity, bits, targetSize, maxError].every((said) => said === undefined);
}

/** Does `work` and names the options that stand for a plan's members where what it throws names those. */
async function byOptionNames<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const message = cause.message.replace("plan.targetBytes", "--target-size").replace("plan.maxError", "--max-error");
    throw new RangeError(message, { cause });
  }
}
