import { floatValues } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { initialize, prune, removeUnits, type Samples, shareWeights, type Trainer } from "@deep-compression/training";
import type { Preparation } from "./recipe";
import { denseWeights, type Run } from "./run";

/** Sets the weights of inputs that are zero in every sample to zero. */
function clearUnusedInputs(trainer: Trainer, samples: Samples, name: string): void {
  const weights = trainer.weights(name);
  const size = samples.inputs.length / samples.labels.length;
  const used = new Uint8Array(size);
  for (let i = 0; i < samples.inputs.length; i++) if (samples.inputs[i] !== 0) used[i % size] = 1;
  trainer.setWeights(
    name,
    weights.map((weight, i) => (used[i % size] === 1 ? weight : 0)),
  );
}

/** Streams of one seed must not meet those of the next: seeds are small numbers. */
const SEEDS_APART = 1_000_003;

/** Carries out what a stage asks for before its epochs. */
export function prepareStage(run: Run, preparation: Preparation): void {
  const { trainer, data, recipe, options } = run;
  if (preparation.kind === "clear-unused-inputs") clearUnusedInputs(trainer, data.training, preparation.weight);
  else if (preparation.kind === "initialize") {
    const random = seededRandom(options.seed + preparation.stream * SEEDS_APART);
    const { tensors } = initialize(recipe.architecture, { random });
    for (const tensor of tensors) trainer.setWeights(tensor.name, floatValues(tensor));
  } else if (preparation.kind === "return-to-dense") {
    for (const name of trainer.names) trainer.setWeights(name, denseWeights(run, name) ?? trainer.weights(name));
  } else if (preparation.kind === "prune") prune(trainer, preparation);
  else if (preparation.kind === "remove-units") removeUnits(trainer);
  else shareWeights(trainer, preparation);
}
