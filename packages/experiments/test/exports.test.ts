import { expect, it } from "vitest";

it("exports exactly these names", async () => {
  expect(Object.keys(await import("@deep-compression/experiments")).sort()).toEqual([
    "PAPER",
    "comparisonTable",
    "loadMnist",
    "recipeFor",
    "reproduce",
    "runRecipe",
  ]);
});
