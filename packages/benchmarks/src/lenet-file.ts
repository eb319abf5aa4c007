import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadMnist, type NetworkName, recipeFor, runRecipe } from "@deep-compression/experiments";
import { compress } from "@deep-compression/pipeline";
import type { Samples } from "@deep-compression/training";

/** A LeNet that was trained, pruned and shared, as a `.dcz` file. */
export interface LenetFile {
  readonly bytes: Uint8Array;
  /** How it was made. */
  readonly origin: string;
}

/** Where `npm run demo` and `reproduce NETWORK --out out` write theirs. */
const OUTPUT = "out";
/** Training images of a short run. */
const SHORT_IMAGES = 6400;

/**
 * The file that `reproduce` wrote; where there is none, one of a short training by the paper's recipe, which prunes to the densities of
 * the paper's tables however little it trains.
 */
export async function lenetFile(name: NetworkName, progress: (line: string) => void): Promise<LenetFile> {
  const path = join(OUTPUT, `${name}.dcz`);
  const written = await readFile(path).catch(() => undefined);
  if (written !== undefined) return { bytes: written, origin: "reproduce" };
  progress(`no ${path}, which "deep-compression reproduce ${name} --out ${OUTPUT}" writes: a short training makes one`);
  const recipe = recipeFor(name, "paper");
  const data = await loadMnist();
  const { compressed } = await runRecipe(
    { ...recipe, stages: recipe.stages.map((stage) => ({ ...stage, epochs: 1 })) },
    { ...data, training: firstSamples(data.training, SHORT_IMAGES) },
    {
      seed: 1,
      threads: 1,
      onProgress: ({ stage, validationErrorPercent }) =>
        progress(`${stage}: validation error ${validationErrorPercent?.toFixed(1)} %`),
    },
  );
  return { bytes: compress(compressed, recipe.plan).bytes, origin: "a short training at the paper's densities" };
}

function firstSamples({ inputs, labels }: Samples, count: number): Samples {
  return { inputs: inputs.slice(0, (inputs.length / labels.length) * count), labels: labels.slice(0, count) };
}
