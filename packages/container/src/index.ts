export { type ByteSource, bytesSource } from "@deep-compression/bits";
export type { StoredRange } from "./checksums";
export { readContainerStream, type StreamedPart } from "./container-stream";
export { type ContainerContent, checkContent, type Section, type TensorRecord } from "./content";
export {
  decodeEnvelope,
  type Envelope,
  type EnvelopeFile,
  encodeEnvelope,
  type Hole,
  type HoleEncoding,
  MODEL_FORMATS,
} from "./envelope";
export { decodeHeader, FORMAT_VERSION, HEADER_BYTES, type Header, MAGIC } from "./header";
export * from "./limits";
export type { Model, ModelInfo } from "./model";
export {
  type ContainerInfo,
  type ContainerReader,
  inspectContainer,
  openContainer,
  parseDirectory,
} from "./open-container";
export { PRESET_DICTIONARY } from "./preset-dictionary";
export { readContainer } from "./read-container";
export { repeatableElements } from "./repeated-tensors";
export type { SectionInfo, TensorInfo } from "./tensor-record";
export { writeContainer, writeContainerParts } from "./write-container";
