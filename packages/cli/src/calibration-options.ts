import type { Goal } from "@deep-compression/network-calibration";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { CalibrationInput } from "./calibrated-compression";
import { collect } from "./named-inputs";
import { wholeNumber } from "./option-values";

/** Options of `compress` that go with --calibrate. */
export interface CalibrationOptions {
  readonly calibrate?: readonly string[];
  readonly labels?: string;
  readonly maxDrop?: number;
  readonly size?: readonly [number, number];
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly report?: string;
  readonly finetune?: number;
}

/** Options that say nothing without --calibrate. */
const OF_CALIBRATION = ["labels", "maxDrop", "size", "mean", "std", "report", "finetune"] as const;

/** The output error that is met where nothing else is asked. */
const DEFAULT_ERROR = 0.01;

/** Steps of training: each takes some tenths of a second at least. */
const MOST_STEPS = 1_000_000;

export function addCalibrationOptions(command: Command): void {
  command
    .addOption(
      new Option(
        "--calibrate <inputs>",
        "fit the weights to what the layers do with inputs: x.npy, a folder of pictures or .wav files, or name=x.npy once for each input (inputs given again are a further set, as for another sampling rate); --target-size, --max-error (of the outputs, on inputs held out; default 0.01) or --max-drop say how far",
      )
        .argParser(collect)
        .conflicts(["plan", "lossless", "sparsity", "bits"]),
    )
    .option("--labels <file>", "with --calibrate: y.npy, the right class of each item")
    .addOption(
      new Option("--max-drop <points>", "with --labels: points of accuracy that may be lost on items held out")
        .argParser(pointsOf)
        .conflicts(["targetSize", "maxError"]),
    )
    .option(
      "--finetune <steps>",
      "with --calibrate: then train the shared values, biases and normalizations for so many steps towards the model's own outputs, without labels; taken only if outputs held out are less off, for operators that training knows",
      wholeNumber(1, MOST_STEPS),
    )
    .option(
      "--report <file>",
      "with --calibrate: a page to write, .html: size against error, layers, histograms",
      htmlOf,
    );
  addPictureOptions(command);
}

/** How the pictures of a folder become numbers. */
export function addPictureOptions(command: Command): void {
  command
    .option("--size <size>", "of pictures: 224, or width x height as 320x240 (default: the input's)", sizeOf)
    .option("--mean <numbers>", "of pictures: what is taken off pixels from 0 to 1, as 0.485,0.456,0.406", numbersOf)
    .option("--std <numbers>", "of pictures: what the rest is divided by, as 0.229,0.224,0.225", numbersOf);
}

/** What a calibration is asked for; undefined without --calibrate. @throws Error for options that need others */
export function calibrationOf(
  options: CalibrationOptions & {
    readonly targetSize?: number;
    readonly maxError?: number;
    readonly effort?: CalibrationInput["effort"];
  },
): CalibrationInput | undefined {
  const { calibrate, labels, size, mean, std, effort, finetune } = options;
  if (calibrate === undefined) {
    const alone = OF_CALIBRATION.find((name) => options[name] !== undefined);
    if (alone === undefined) return undefined;
    throw new Error(`--${alone === "maxDrop" ? "max-drop" : alone} says nothing without --calibrate`);
  }
  if (options.maxDrop !== undefined && labels === undefined) throw new Error("--max-drop needs --labels y.npy");
  return {
    calibrate,
    goal: goalOf(options),
    ...(labels !== undefined && { labels }),
    ...(size && { size }),
    ...(mean && { mean }),
    ...(std && { std }),
    ...(effort && { effort }),
    ...(finetune !== undefined && { finetune }),
  };
}

function goalOf(options: {
  readonly targetSize?: number;
  readonly maxError?: number;
  readonly maxDrop?: number;
}): Goal {
  if (options.targetSize !== undefined) return { bytes: options.targetSize };
  if (options.maxDrop !== undefined) return { drop: options.maxDrop };
  return { outputError: options.maxError ?? DEFAULT_ERROR };
}

function pointsOf(text: string): number {
  const value = Number(text);
  if (/^(\d+\.?\d*|\.\d+)$/.test(text) && value <= 100) return value;
  throw new InvalidArgumentError("Expected a number from 0 to 100.");
}

function sizeOf(text: string): readonly [number, number] {
  const side = wholeNumber(1, 2 ** 15);
  const [width, height = width, ...more] = text.split("x");
  if (more.length > 0) throw new InvalidArgumentError("Expected a size such as 224 or 320x240.");
  return [side(width ?? ""), side(height ?? "")];
}

function numbersOf(text: string): readonly number[] {
  const values = text.split(",").map(Number);
  if (text.trim() !== "" && values.every(Number.isFinite)) return values;
  throw new InvalidArgumentError("Expected numbers such as 0.5 or 0.485,0.456,0.406.");
}

function htmlOf(text: string): string {
  if (text.toLowerCase().endsWith(".html")) return text;
  throw new InvalidArgumentError("Expected a name ending in .html.");
}
