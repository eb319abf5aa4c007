// A part of its own for bundlers: models in all formats.
export { openModel } from "@deep-compression/model-io";
