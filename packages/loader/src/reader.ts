// The one place that says which reader of files the loader builds on.
export type { OpenedFile, ReadOptions } from "@deep-compression/pipeline";
export { openInWorkers } from "@deep-compression/pipeline/workers";
