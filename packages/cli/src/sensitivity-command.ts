import { floatTensor, numericValues, tensorUses } from "@deep-compression/network";
import { roundedByRow } from "@deep-compression/network-calibration";
import { quoted } from "@deep-compression/runtime";
import type { Command } from "commander";
import { inputArraySets } from "./calibration-arrays";
import { addPictureOptions } from "./calibration-options";
import { availableExecutor } from "./executors";
import { doing } from "./failure";
import { itemsOfSets } from "./item-batches";
import { collect } from "./named-inputs";
import { differencesOf, outputsOf } from "./network-outputs";
import { withModel } from "./open-model-file";
import { wholeNumber } from "./option-values";
import { addDifference, NO_DIFFERENCE } from "./output-difference";
import type { PictureOptions } from "./pictures";
import { tensorProgress } from "./progress";
import { grouped, percentOf, printable, printJson, type Terminal } from "./terminal";
import { textTable } from "./text-table";
import { inputsOfGraph, wholeNetwork } from "./whole-network";

interface SensitivityOptions extends PictureOptions {
  readonly calibrate?: readonly string[];
  readonly bits: number;
  readonly items: number;
  readonly json?: true;
}

/** What becomes of the outputs where one weight alone is rounded. */
interface WeightSensitivity {
  readonly tensor: string;
  readonly op: string;
  readonly elements: number;
  /** ||w - w'|| / ||w||. */
  readonly weightError: number;
  /** ||y - y'|| / ||y||, the largest of the outputs. */
  readonly outputError: number;
}

/** Adds the command `sensitivity`. */
export function addSensitivity(program: Command, terminal: Terminal): void {
  const command: Command = program
    .command("sensitivity")
    .summary("list which weights of a model hurt when they are rounded")
    .description(
      "Rounds one weight at a time, to so many bits with a scale a row, runs the model on inputs, and lists the weights by how far the outputs are then off.",
    )
    .argument("<model>", "an ONNX or TensorFlow.js model with a graph")
    .option(
      "--calibrate <inputs>",
      "x.npy, a folder of pictures or .wav files, or name=x.npy once for each input (inputs given again are a further set)",
      collect,
    )
    .option("--bits <bits>", "bits that each weight is rounded to", wholeNumber(2, 8), 4)
    .option("--items <count>", "most items that are run, the first", wholeNumber(1, 2 ** 20), 64);
  addPictureOptions(command);
  command
    .option("--json", "print the list as JSON")
    .action((model: string, { calibrate, ...options }: SensitivityOptions) => {
      if (calibrate === undefined) return command.error("required option '--calibrate <inputs>' not specified");
      return runSensitivity(model, { ...options, calibrate }, terminal);
    });
}

async function runSensitivity(
  model: string,
  options: SensitivityOptions & { readonly calibrate: readonly string[] },
  terminal: Terminal,
): Promise<void> {
  const { bits, json, calibrate, items: most, ...pictures } = options;
  const executor = await availableExecutor();
  const { found, count } = await withModel(model, terminal, (opened) =>
    doing(`test ${quoted(model)}`, async () => {
      const network = await wholeNetwork(opened);
      const inputs = inputsOfGraph(network);
      const items = itemsOfSets(await inputArraySets(inputs, calibrate, pictures), inputs);
      const count = Math.min(most, items.count);
      const batches = items.batches(Array.from({ length: count }, (_, item) => item));
      const dense = await outputsOf(network, batches, executor);
      const uses = tensorUses(network);
      const weights = network.tensors.filter(({ name, type }) => type === "float32" && uses.get(name)?.isWeight);
      const shown = tensorProgress(json ? undefined : terminal, { doing: "rounding", tensors: weights.length });
      const found: WeightSensitivity[] = [];
      try {
        for (const tensor of weights) {
          shown.show(tensor.name);
          const { name, shape } = tensor;
          const rounded = floatTensor(name, shape, roundedByRow(tensor, bits).values);
          const tensors = network.tensors.map((one) => (one === tensor ? rounded : one));
          const compressed = await outputsOf({ ...network, tensors }, batches, executor);
          const differences = Object.values(differencesOf(network.graph.outputs, { dense, compressed }));
          const own = [tensor, rounded].map((one) => ({ shape, values: numericValues(one) }));
          const { squaredError, squares } = addDifference(NO_DIFFERENCE, own[0]!, own[1]!);
          found.push({
            tensor: name,
            op: uses.get(name)?.as ?? "",
            elements: own[0]!.values.length,
            weightError: squares === 0 ? 0 : Math.sqrt(squaredError / squares),
            outputError: Math.max(0, ...differences.map(({ relativeError }) => relativeError)),
          });
        }
      } finally {
        shown.stop();
      }
      return { found: found.sort((a, b) => b.outputError - a.outputError), count };
    }),
  );
  if (json) return printJson(terminal.out, { model, bits, items: count, executor: executor.name, weights: found });
  terminal.out(sensitivityTable(found));
  terminal.out(
    `one weight at a time rounded to ${bits} bits with a scale a row; ${grouped(count)} ${count === 1 ? "item" : "items"} in ${executor.name}\n`,
  );
}

function sensitivityTable(found: readonly WeightSensitivity[]): string {
  return textTable(
    ["weight", "operator", "elements", "error of the weight", "error of the outputs"],
    found.map(({ tensor, op, elements, weightError, outputError }) => [
      printable(tensor),
      op,
      grouped(elements),
      percentOf(weightError),
      percentOf(outputError),
    ]),
  );
}
