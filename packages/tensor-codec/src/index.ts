export {
  cheapestSection,
  type FormCandidate,
  type FormOptions,
  formCandidates,
  storeIn,
} from "./cheapest-form";
export type { CentroidPrecision } from "./codebook-bytes";
export { leastPrecision, MAX_CENTROIDS } from "./codebook-bytes";
export { isGrid } from "./codebook-grid";
export type { CodedSection, EncodingOptions, SectionSizes } from "./coded-section";
export { decodeRaw, encodeRaw, encodeRawBelow, type RawSection } from "./raw-form";
export type { ElementSource } from "./sampled-bytes";
export { areFinite, encodeScales } from "./scales";
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
