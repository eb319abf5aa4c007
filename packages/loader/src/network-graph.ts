// A part of its own for bundlers: graphs of files that were made of a network and no model.
export { readGraph } from "@deep-compression/pipeline/read";
