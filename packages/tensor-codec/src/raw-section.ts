import { elementCount, FormatError } from "@deep-compression/bits";
import { type KernelOption, MAX_ARRAY_BYTES, shapeText } from "@deep-compression/runtime";
import { decodeWhole, encodeWhole, encodeWholeBelow, type WholeSection } from "./raw-form";
import type { ElementSource } from "./sampled-bytes";
import type { RawForm } from "./section-flags";
import { decodeSparse, encodeSparseBelow, type SparseSection, type SparseSizes } from "./sparse-form";
import { MAX_ELEMENTS_PER_BYTE } from "./wrapped-section";

/** Elements bit for bit and the bytes of their section. */
export interface RawSection {
  readonly form: RawForm;
  readonly bytes: Uint8Array;
  /** The elements as they are, little-endian and row-major. */
  readonly elements: Uint8Array;
  /** The section is wrapped: see `wrapSection`. */
  readonly isWrapped?: true;
  /** The section holds the elements in a narrower type. */
  readonly isNarrowed?: true;
  /** Only of the form sparse. */
  readonly sizes?: SparseSizes;
}

/** What is said of elements besides their bytes. */
export interface RawOptions {
  /** Of an element. */
  readonly bits: number;
  /** Of the tensor; without it the form sparse is not tried. */
  readonly shape?: readonly number[];
}

/**
 * The section that takes the fewest bytes for these elements, bit for bit: raw, deflated, deflated in planes, split, or sparse
 * (docs/format.md, section 3).
 */
export function encodeRaw(elements: Uint8Array, options: RawOptions): RawSection {
  return smaller(encodeWhole(elements, options), (bytes) => sparseBelow(elements, { ...options, bytes }));
}

/** As {@link encodeRaw}, if it takes fewer than so many bytes; undefined if it does not, which is found out sooner. */
export function encodeRawBelow(
  source: ElementSource,
  options: RawOptions & { readonly bytes: number },
): RawSection | undefined {
  const sparse = sparseBelow(source, options);
  const whole = encodeWholeBelow(source, sparse === undefined ? options : { ...options, bytes: sparse.bytes.length });
  return whole ?? sparse;
}

function smaller(whole: WholeSection, other: (bytes: number) => SparseSection | undefined): RawSection {
  return other(whole.bytes.length) ?? whole;
}

/** Elements that are made as they are asked for share values: codes suit their zeros better. */
function sparseBelow(
  source: ElementSource,
  { bits, shape, bytes }: RawOptions & { readonly bytes: number },
): SparseSection | undefined {
  if (!(source instanceof Uint8Array) || shape === undefined) return undefined;
  const section = encodeSparseBelow(source, { bits, shape, bytes });
  if (section === undefined || elementCount(shape) > MAX_ELEMENTS_PER_BYTE * section.bytes.length) return undefined;
  return section;
}

/**
 * The mirror of {@link encodeRaw}: the elements, if they are as many as the shape needs; those of the form raw are a view.
 * Memory is taken as the bytes justify; of the form sparse as the shape claims, which is to be held to the expansion limit first.
 *
 * @param options.bits of an element; elements of 4 bits are packed two a byte
 * @param options.onSizes told what the parts of a sparse section take
 * @throws FormatError "truncated", "trailing-data", "out-of-range", "limit-exceeded" if no array can hold them
 */
export function decodeRaw(
  bytes: Uint8Array,
  options: KernelOption & {
    readonly form: RawForm;
    readonly shape: readonly number[];
    readonly bits: number;
    readonly onSizes?: (sizes: SparseSizes) => void;
  },
): Uint8Array {
  const { form, shape, bits, onSizes, ...kernels } = options;
  if (form !== "sparse") return decodeWhole(bytes, { form, shape, bits, ...kernels });
  const length = Math.ceil((bits * elementCount(shape)) / 8);
  if (length > MAX_ARRAY_BYTES) {
    const message = `${shapeText(shape)} takes ${length} bytes, more than the ${MAX_ARRAY_BYTES} of an array`;
    throw new FormatError("limit-exceeded", message, { offset: 0 });
  }
  const { elements, sizes } = decodeSparse(bytes, { shape, bits });
  onSizes?.(sizes);
  return elements;
}
