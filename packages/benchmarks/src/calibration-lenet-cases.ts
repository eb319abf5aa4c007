import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadMnist, type NetworkName, recipeFor, runRecipe } from "@deep-compression/experiments";
import { writeOnnx } from "@deep-compression/model-io";
import { floatTensor } from "@deep-compression/network";
import type { Samples } from "@deep-compression/training";
import type { LabelledPictures } from "./cifar";
import { accuracyRows, type Rate } from "./classifier-accuracy";
import type { Case } from "./harness";
import { inTemporaryFolder } from "./temporary-folder";

/** Training images that the weights of a LeNet are fitted to. */
const LENET_IMAGES = 2048;

const LENETS: readonly { readonly name: NetworkName; readonly rates: readonly Rate[] }[] = [
  {
    name: "lenet-300-100",
    rates: [
      { ratio: 40, asked: "bar" },
      { ratio: 64, asked: "goal" },
    ],
  },
  {
    name: "lenet-5",
    rates: [
      { ratio: 45, asked: "bar" },
      { ratio: 70, asked: "goal" },
    ],
  },
];

/** The dense network of our recipe, seed 1, compressed without retraining. */
function lenetCase({ name, rates }: (typeof LENETS)[number]): Case {
  return {
    name,
    run: ({ progress, effort }) =>
      inTemporaryFolder(async (folder) => {
        const recipe = recipeFor(name, "ours");
        const [dense] = recipe.stages;
        const data = await loadMnist();
        const { compressed: network } = await runRecipe(
          { ...recipe, centroids: "float32", stages: [{ ...dense!, epochs: Math.ceil(effort * dense!.epochs) }] },
          data,
          {
            seed: 1,
            threads: 2,
            onProgress: ({ epoch, loss }) => progress(`epoch ${epoch}, loss ${loss.toPrecision(3)}`),
          },
        );
        const model = join(folder, "dense.onnx");
        await writeFile(model, writeOnnx(network));
        const input = network.graph!.inputs[0]!;
        const shape = input.shape!.slice(1) as number[];
        return accuracyRows(
          {
            name: `dense ${name} of our recipe`,
            model,
            input: input.name,
            parameters: network.tensors.reduce((sum, { bytes }) => sum + bytes.length / 4, 0),
            calibration: pictures(data.training, LENET_IMAGES, shape),
            test: { pictures: pictures(data.test, data.test.labels.length, shape), labels: [...data.test.labels] },
          },
          rates,
          { folder, progress },
        );
      }),
  };
}

/** The first samples, pixels from 0 to 1 as the networks were trained with. */
function pictures({ inputs, labels }: Samples, count: number, shape: readonly number[]): LabelledPictures["pictures"] {
  const size = inputs.length / labels.length;
  return floatTensor(
    "",
    [count, ...shape],
    Float32Array.from(inputs.subarray(0, count * size), (pixel) => pixel / 255),
  );
}

/** Our recipe's dense LeNets. */
export const CALIBRATION_LENET_CASES: readonly Case[] = LENETS.map(lenetCase);
