export { attachArchitecture, findArchitecture } from "./attach-architecture";
export { type Images, readIdx, readIdxImages, readIdxLabels } from "./idx";
export { openModel, readModel, writeModel } from "./model-file";
export { MAX_NPY_HEADER, readNpy, writeNpy } from "./npy";
export { readOnnx, writeOnnx } from "./onnx";
export type { FolderReader, Hole, ModelFile, ModelFormat, OpenedModel } from "./opened-model";
export { openSafetensors, readSafetensors, writeSafetensors, writeSafetensorsParts } from "./safetensors";
export { SAFETENSORS_GRAPH_KEY, type TensorHead } from "./safetensors-directory";
export { MAX_SAFETENSORS_HEADER } from "./safetensors-header";
