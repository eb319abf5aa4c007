import { readModel } from "@deep-compression/model-io";
import { compress } from "@deep-compression/pipeline";
import { type Command, Option } from "commander";
import { doing } from "./failure";
import { readInput } from "./input-file";
import { denseBytes, ledgerText } from "./ledger-table";
import { share, wholeNumber } from "./option-values";
import { assertWritable, writeWhole } from "./output-file";
import { defaultPlan, readPlan } from "./plan-file";
import { printJson, type Terminal } from "./terminal";

interface CompressOptions {
  readonly output: string;
  readonly sparsity: number;
  readonly bits: number;
  readonly plan?: string;
  readonly json?: true;
}

export function addCompress(program: Command, terminal: Terminal): void {
  program
    .command("compress")
    .summary("make a .dcz file of a model")
    .description(
      "Makes a .dcz file of an ONNX or safetensors model. Weights of rank 2 or more lose their smallest values and share the rest; biases and all else are kept exactly. There is no retraining here: a high --sparsity costs accuracy.",
    )
    .argument("<model>", "the model, .onnx or .safetensors")
    .requiredOption("-o, --output <file>", "the .dcz file to write")
    .addOption(new Option("--sparsity <share>", "share of the weights to prune, 0 to 1").argParser(share).default(0.9))
    .addOption(new Option("--bits <bits>", "bits of a shared value, 1 to 15").argParser(wholeNumber(1, 15)).default(5))
    .addOption(new Option("--plan <file>", "a plan in JSON, tensor by tensor, instead").conflicts(["sparsity", "bits"]))
    .option("--json", "print the ledger as JSON")
    .addHelpText("after", planHelp)
    .action((model: string, options: CompressOptions) => runCompress(model, options, terminal));
}

const planHelp = `
A plan has "default", and under "tensors" names or patterns with *, each with any of
  sparsity 0..1, share "exact" | "none" | { "size", "method", "init", "seed" }, form "auto" | "raw" | "dense" | "gaps" | "bitmask",
  gapBits "auto" | 1..8, centroids "auto" | "float16" | "float32", compactLines, order, negativeZero; and "metadata".

Examples
  deep-compression compress lenet.onnx -o lenet.dcz --sparsity 0.9 --bits 5
  echo '{ "tensors": { "*.weight": { "sparsity": 0.8, "share": { "size": 63 } } } }' > plan.json
  deep-compression compress lenet.onnx -o lenet.dcz --plan plan.json`;

async function runCompress(model: string, options: CompressOptions, terminal: Terminal): Promise<void> {
  const { output, plan: planPath, json } = options;
  await assertWritable(output);
  const plan = planPath === undefined ? undefined : await readPlan(planPath);
  const bytes = await readInput(model);
  const network = await doing(`read "${model}"`, () => readModel(bytes, { name: model }));
  const what = planPath === undefined ? `compress "${model}"` : `compress "${model}" by the plan "${planPath}"`;
  const compressed = await doing(what, () => compress(network, plan ?? defaultPlan(network, options)));
  await writeWhole(output, compressed.bytes);
  const { ledger } = compressed;
  if (json) return printJson(terminal, { file: output, ratio: denseBytes(ledger) / ledger.fileBytes, ledger });
  terminal.out(`${ledgerText(ledger)}wrote ${output}\n`);
}
