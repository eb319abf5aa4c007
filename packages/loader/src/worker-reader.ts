// A part of its own for bundlers: the reader of files, and the decoders, which workers run too.
export { openInWorkers } from "@deep-compression/pipeline/workers";
