export type { CentroidPrecision } from "./centroid-precision";
export { cheapestSection, storeIn } from "./cheapest-form";
export { codebookLength, leastPrecision, MAX_CENTROIDS } from "./codebook-bytes";
export { isGrid } from "./codebook-grid";
export { codedElements } from "./coded-elements";
export type { CodedSection, EncodingOptions, SectionSizes } from "./coded-section";
export { contextTime } from "./context-choice";
export { checkContextElements, decodeContextSlice } from "./context-form";
export { type FormCandidate, type FormOptions, formCandidates } from "./form-candidates";
export { decodeRaw, encodeRaw, encodeRawBelow, type RawOptions, type RawSection } from "./raw-section";
export type { ElementSource } from "./sampled-bytes";
export { encodeScales, greatestValues } from "./scales";
export { decodeScaledSection, decodeSection, encodeSection } from "./section";
export {
  type CodedForm,
  type Form,
  isRawForm,
  kindNumber,
  type RawForm,
  SECTION_KINDS,
  type SectionKind,
  sectionKind,
} from "./section-flags";
export { matrixOf } from "./section-head";
export {
  type BitsPerEntry,
  type LedgerBytes,
  NO_BYTES,
  rawLedger,
  type SectionLedger,
  sectionLedger,
} from "./section-ledger";
export { type SharedWeights, sharedElements, sharedWeights } from "./shared-weights";
export type { SparseSizes } from "./sparse-form";
export {
  type CodedWeight,
  checkEntries,
  dequantizeWeight,
  type StoredWeight,
  type WeightEntries,
  type WeightSlice,
  weightEntries,
} from "./stored-weight";
export { MAX_ELEMENTS_PER_BYTE, unwrapSection, wrapSection } from "./wrapped-section";
