export { comparisonTable, type TextTable } from "./comparison";
export { loadMnist, type Mnist } from "./mnist";
export { PAPER, type PaperLayer, type PaperNetwork, type PaperNetworkName } from "./paper";
export type { NetworkName, Preparation, Recipe, Scheme, Stage } from "./recipe";
export { recipeFor } from "./recipes";
export type { BenchmarkRow, FullSizeResult, RealModelResult, RealModelsResult, SchemeLayer } from "./records";
export { type ReproduceOptions, type ReproduceReport, type ReproduceResult, reproduce } from "./reproduce";
export type { Progress, RunOptions, TrainedNetworks } from "./run";
export { runRecipe } from "./run-recipe";
