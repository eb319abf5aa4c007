import { floatValues } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { initialize, prune, removeUnits, type Samples, shareWeights, type Trainer } from "@deep-compression/training";
import type { Preparation } from "./recipe";
import type { Run } from "./run";
import { denseWeights } from "./teachers";

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

function setAll(trainer: Trainer, values: (name: string) => Float32Array | undefined): void {
  for (const name of trainer.names) trainer.setWeights(name, values(name) ?? trainer.weights(name));
}

/** Streams of one seed must not meet those of the next: seeds are small numbers. */
const SEEDS_APART = 1_000_003;

function freshWeights({ recipe, options }: Run, stream: number): Map<string, Float32Array> {
  const random = seededRandom(options.seed + stream * SEEDS_APART);
  return new Map(
    initialize(recipe.architecture, { random }).tensors.map((tensor) => [tensor.name, floatValues(tensor)]),
  );
}

/** Carries out what a stage asks for before its epochs. */
export function prepareStage(run: Run, preparation: Preparation): void {
  const { trainer, data } = run;
  if (preparation.kind === "clear-unused-inputs") clearUnusedInputs(trainer, data.training, preparation.weight);
  else if (preparation.kind === "initialize") {
    const weights = freshWeights(run, preparation.stream);
    setAll(trainer, (name) => weights.get(name));
  } else if (preparation.kind === "return-to-dense") setAll(trainer, (name) => denseWeights(run, name));
  else if (preparation.kind === "prune") prune(trainer, preparation);
  else if (preparation.kind === "remove-units") removeUnits(trainer);
  else shareWeights(trainer, preparation);
}
