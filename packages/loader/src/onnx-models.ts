// A part of its own for bundlers: models in the ONNX format.
export { openOnnx } from "@deep-compression/model-io/onnx";
