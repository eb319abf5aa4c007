import { openModel } from "@deep-compression/model-io";
import { compressFrom, type Plan } from "@deep-compression/pipeline";
import { type Command, Option } from "commander";
import { doing } from "./failure";
import { withFile } from "./input-file";
import { denseBytes, ledgerText } from "./ledger-table";
import { byteSize, fileNamed, fraction, wholeNumber } from "./option-values";
import { assertWritable, writeAtomically } from "./output-file";
import { MAX_BITS, type PlanOptions, planOfOptions, readPlan } from "./plan-file";
import { tensorProgress } from "./progress";
import { printJson, type Terminal } from "./terminal";

interface CompressOptions extends PlanOptions {
  readonly output: string;
  readonly plan?: string;
  readonly json?: true;
}

/** Adds the command `compress`. */
export function addCompress(program: Command, terminal: Terminal): void {
  program
    .command("compress")
    .summary("make a .dcz file of a model")
    .description(
      "Makes a .dcz file of an ONNX or safetensors model. Weights of rank 2 or more lose their smallest values and share the rest; biases and all else are kept exactly. With --target-size or --max-error they share, and lose, whatever costs the least error for the bytes it saves. There is no retraining here: a high --sparsity costs accuracy. Safetensors files may be larger than memory.",
    )
    .argument("<model>", "the model, .onnx or .safetensors")
    .requiredOption("-o, --output <file>", "the .dcz file to write", fileNamed(".dcz"))
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
        "most squared error that the weights may have, of their sum of squares, 0 to 1",
      )
        .argParser(fraction)
        .conflicts(["bits"]),
    )
    .addOption(new Option("--plan <file>", "a plan in JSON, tensor by tensor, instead").conflicts(PLAN_OPTIONS))
    .option("--json", "print the ledger as JSON")
    .addHelpText("after", PLAN_HELP)
    .action((model: string, options: CompressOptions) => runCompress(model, options, terminal));
}

/** The options that say what a plan file would say. */
const PLAN_OPTIONS: (keyof PlanOptions)[] = ["sparsity", "bits", "targetSize", "maxError"];

const PLAN_HELP = `
A plan has "default", and under "tensors" names or patterns with *, each with any of
  sparsity 0..1, share "exact" | "none" | { "size", "method", "init", "seed" } | { "method": "entropy-constrained", "lambda", "size" },
  maxError 0..1, zeros "auto" | "keep", form "auto" | "raw" | "dense" | "gaps" | "bitmask", gapBits "auto" | 1..8,
  centroids "auto" | "float16" | "float32", lineMaps, order, negativeZero;
and "targetBytes" or "maxError" for all tensors that do not say how they share values; and "metadata".

Examples
  deep-compression compress lenet.onnx -o lenet.dcz --sparsity 0.9 --bits 5
  deep-compression compress vgg16.safetensors -o vgg16.dcz --target-size 11.3MB
  deep-compression compress vgg16.safetensors -o vgg16.dcz --max-error 0.01
  echo '{ "tensors": { "*.weight": { "sparsity": 0.8, "share": { "size": 63 } } } }' > plan.json
  deep-compression compress lenet.onnx -o lenet.dcz --plan plan.json`;

async function runCompress(model: string, options: CompressOptions, terminal: Terminal): Promise<void> {
  const { output, plan: planPath, json } = options;
  await assertWritable(output, planPath === undefined ? [model] : [model, planPath]);
  const plan = planPath === undefined ? undefined : await readPlan(planPath);
  const what = planPath === undefined ? `compress "${model}"` : `compress "${model}" by the plan "${planPath}"`;
  const { bytes, ledger } = await withFile(model, terminal, async (source) => {
    const { network } = await doing(`read "${model}"`, () => openModel(source, { name: model }));
    const { length: tensors } = network.tensors;
    const shown = tensorProgress(json ? undefined : terminal, { doing: "compressing", tensors });
    const by = (used: Plan) => compressFrom(network, used, { onRead: shown.show });
    const work = () => (plan ? by(plan) : byOptionNames(() => by(planOfOptions(network, options))));
    return doing(what, work).finally(shown.stop);
  });
  await writeAtomically(output, bytes);
  if (json) return printJson(terminal, { file: output, ratio: denseBytes(ledger) / ledger.fileBytes, ledger });
  terminal.out(`${ledgerText(ledger)}wrote ${output}\n`);
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
