import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { elementCount } from "@deep-compression/bits";
import { readOnnx } from "@deep-compression/model-io";
import { floatTensor, isFloatType, type Tensor } from "@deep-compression/network";
import { relativeDifference } from "./agreement";
import { compressedModel } from "./calibrated-model";
import { cifarPictures } from "./cifar";
import { accuracyRows, type Rate } from "./classifier-accuracy";
import { type Case, type CaseContext, type Row, toOverheadRow, toRow } from "./harness";
import { outputsInRuntime } from "./onnxruntime-session";
import { inTemporaryFolder } from "./temporary-folder";

/** Where the project's developers have the network; others do without these rows. */
const MODEL = fileURLToPath(new URL("../../../../shared/models/resnet32.onnx", import.meta.url));

const IMAGES = 1024;
const MOST_SECONDS = 60;
const RATES: readonly Rate[] = [
  { ratio: 15, asked: "bar" },
  { ratio: 20, asked: "goal" },
  { ratio: 8, asked: "bar", isDataFree: true },
  { ratio: 9, asked: "goal", isDataFree: true },
];

/** ResNet-32 for CIFAR-10, which others trained. */
interface Resnet {
  readonly folder: string;
  readonly input: string;
  readonly parameters: number;
}

const ACCURACY_CASE: Case = {
  name: "resnet-32",
  run: ({ progress }) =>
    withResnet(progress, async ({ folder, input, parameters }) => {
      const { pictures: calibration } = await cifarPictures(1, IMAGES);
      const test = await cifarPictures("test", 10_000);
      return accuracyRows({ name: "ResNet-32", model: MODEL, input, parameters, calibration, test }, RATES, {
        folder,
        progress,
      });
    }),
};

const TIME_CASE: Case = {
  name: "resnet-32, time",
  run: ({ progress }) =>
    withResnet(progress, async ({ folder, input, parameters }) => {
      const { pictures } = await cifarPictures(1, IMAGES);
      const targetBytes = (4 * parameters) / 15;
      const { seconds } = await compressedModel(MODEL, { folder, targetBytes, inputs: [{ [input]: pictures }] });
      return [
        toRow({
          name: `ResNet-32 by ${IMAGES} training images, to a size, all included`,
          unit: "s",
          ours: seconds,
          peer: "the bar",
          theirs: MOST_SECONDS,
          bar: 1,
          goal: 3,
        }),
      ];
    }),
};

const COUNTS = [64, 256, 1024, 4096] as const;
/** Training images that no calibration sees. */
const UNSEEN = 1024;
const BATCH = 128;

/** The same size with more and more inputs: the error of the outputs on others must not rise. */
const GROWTH_CASE: Case = {
  name: "resnet-32, more inputs",
  run: ({ progress }) =>
    withResnet(progress, async ({ folder, input, parameters }) => {
      const { pictures } = await cifarPictures(1, COUNTS.at(-1)!);
      const unseen = { count: UNSEEN, arrays: { [input]: (await cifarPictures(5, UNSEEN)).pictures } };
      const outputsOf = async (model: string) => Object.values(await outputsInRuntime(model, unseen, BATCH))[0]!;
      const right = await outputsOf(MODEL);
      const errors: number[] = [];
      for (const count of COUNTS) {
        const { bytes, restored } = await compressedModel(MODEL, {
          folder: join(folder, String(count)),
          targetBytes: (4 * parameters) / 15,
          inputs: [{ [input]: firstOf(pictures, count) }],
        });
        const error = 100 * relativeDifference(await outputsOf(restored), right);
        progress(`${count} images, ${bytes} bytes: output error ${error.toFixed(2)} %`);
        errors.push(error);
      }
      return COUNTS.slice(1).map((count, i) =>
        toOverheadRow({
          name: `ResNet-32, 15x smaller, output error on ${UNSEEN} others, fitted to ${count} images`,
          counted: "% of the output",
          ours: errors[i + 1]!,
          peer: `fitted to ${COUNTS[i]} images`,
          theirs: errors[i]!,
          bar: 0.05,
        }),
      );
    }),
};

function firstOf({ shape: [items = 1, ...shape], bytes }: Tensor, count: number): Tensor {
  return floatTensor("", [count, ...shape], new Float32Array(bytes.slice(0, (bytes.length / items) * count).buffer));
}

/** Runs where the file of ResNet-32 is; elsewhere says so and gives no rows. */
async function withResnet(progress: CaseContext["progress"], run: (resnet: Resnet) => Promise<Row[]>): Promise<Row[]> {
  if (!existsSync(MODEL)) {
    progress("skipped: the file of ResNet-32 is not here");
    return [];
  }
  const { graph, tensors } = readOnnx(new Uint8Array(await readFile(MODEL)));
  const floats = tensors.filter(({ type }) => isFloatType(type));
  const parameters = floats.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  return inTemporaryFolder((folder) => run({ folder, input: graph!.inputs[0]!.name, parameters }));
}

/** ResNet-32: accuracy, time, and what more inputs do. */
export const CALIBRATION_RESNET_CASES: readonly Case[] = [ACCURACY_CASE, TIME_CASE, GROWTH_CASE];
