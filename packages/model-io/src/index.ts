export { attachArchitecture, findArchitecture } from "./attach-architecture";
export { type Images, readIdx, readIdxImages, readIdxLabels } from "./idx";
export { openModel, readModel, writeModel } from "./model-file";
export { maximumNpyHeader, readNpy, writeNpy } from "./npy";
export { readOnnx, writeOnnx } from "./onnx";
export { readSafetensors, writeSafetensors } from "./safetensors";
export { safetensorsGraphKey, type TensorHead } from "./safetensors-directory";
export { maximumSafetensorsHeader } from "./safetensors-header";
export {
  type DeferredNetwork,
  type DeferredTensor,
  openSafetensors,
  writeSafetensorsParts,
} from "./safetensors-source";
