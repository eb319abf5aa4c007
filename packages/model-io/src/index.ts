export { attachArchitecture, findArchitecture } from "./attach-architecture";
export { type Images, readIdx, readIdxImages, readIdxLabels } from "./idx";
export { readModel, writeModel } from "./model-file";
export { maximumNpyHeader, readNpy, writeNpy } from "./npy";
export { readOnnx, writeOnnx } from "./onnx";
export { readSafetensors, safetensorsGraphKey, writeSafetensors } from "./safetensors";
export { maximumSafetensorsHeader } from "./safetensors-header";
