// A part of its own for bundlers: the reader of files, and the source of the workers that decode.

export { readGraph } from "@deep-compression/pipeline/read";
export { openInWorkers } from "@deep-compression/pipeline/workers";
