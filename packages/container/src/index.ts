export { type ByteSource, bytesSource } from "@deep-compression/bits";
export type { StoredRange } from "./checksums";
export { readContainerStream, type StreamedPart } from "./container-stream";
export { type ContainerContent, checkContent, type Section, type TensorRecord } from "./content";
export type { SectionInfo, TensorInfo } from "./directory";
export { FORMAT_VERSION, HEADER_BYTES, MAGIC } from "./header";
export * from "./limits";
export { type ContainerInfo, type ContainerReader, inspectContainer, openContainer } from "./open-container";
export { writeContainer, writeContainerParts } from "./write-container";
