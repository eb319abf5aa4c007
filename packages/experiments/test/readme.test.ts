import { loadMnist, recipeFor, runRecipe } from "@deep-compression/experiments";
import { floatValues } from "@deep-compression/network";
import { expect, it } from "vitest";

it("runs the example of the README: our recipe with an epoch a stage on MNIST", async () => {
  const recipe = recipeFor("lenet-300-100", "ours");
  const quick = { ...recipe, stages: recipe.stages.map((stage) => ({ ...stage, epochs: 1 })) };
  const stages: string[] = [];
  const { compressed, validationErrorPercent } = await runRecipe(quick, await loadMnist(), {
    seed: 1,
    threads: 1,
    onProgress: ({ stage }) => stages.push(stage),
  });
  expect(stages).toEqual(recipe.stages.map(({ title }) => title));
  expect(validationErrorPercent).toBeLessThan(6);
  const weights = compressed.tensors.flatMap((tensor) => (tensor.shape.length > 1 ? [...floatValues(tensor)] : []));
  expect(weights.filter((weight) => weight !== 0).length / weights.length).toBeLessThan(0.05);
});
