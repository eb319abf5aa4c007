import { elementCount, FormatError } from "@deep-compression/bits";
import type { ContainerInfo, TensorInfo } from "@deep-compression/container";
import {
  ELEMENT_TYPES,
  type ElementType,
  elementsOfValues,
  elementTypeOfCode,
  isFloatType,
  numberType,
  type Tensor,
} from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import {
  type CodedSection,
  checkContextElements,
  codedElements,
  decodeContextSlice,
  decodeScaledSection,
  decodeSection,
  dequantizeWeight,
  type Form,
  greatestValues,
  isRawForm,
  type RawForm,
  type SparseSizes,
  sectionKind,
  unwrapSection,
  type WeightSlice,
} from "@deep-compression/tensor-codec";
import { checkExpansion, type ReadOptions } from "./expansion-limit";
import { checkLength, decodePlain } from "./plain-section";

/** A tensor of a file's directory, checked: what every decoder is given, and only {@link tensorEntries} makes. */
export interface TensorEntry {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly form: Form;
  /** Its section is wrapped. */
  readonly isWrapped?: true;
  /** Its elements are stored in a narrower type. */
  readonly isNarrowed?: true;
  /** Scales stand before its codes. */
  readonly isScaled?: true;
  /** Of its section in the file. */
  readonly offset: number;
  readonly directoryBytes: number;
  /** Number of the tensor whose section this one has too. */
  readonly repeats?: number;
}

/** A tensor of a file: its elements as they are, or in codes. */
export type StoredTensor = { readonly entry: TensorEntry } & (
  | {
      readonly form: "raw";
      readonly bytes: Uint8Array;
      /** How the section of so many bytes holds them. */
      readonly rawForm: RawForm;
      readonly sectionLength: number;
      /** Only of the form sparse. */
      readonly sizes?: SparseSizes;
    }
  | { readonly form: "coded"; readonly section: CodedSection }
);

/**
 * The tensors of a directory: each has one section of a known form and type, and they claim no more elements than the
 * file's bytes justify (docs/format.md, sections 3 and 6).
 *
 * @throws FormatError naming the tensor
 */
export function tensorEntries({ tensors }: Pick<ContainerInfo, "tensors">, options: ReadOptions): TensorEntry[] {
  const entries = tensors.map(tensorEntry);
  const sizes = entries.map(({ name, shape }, i) => ({ name, shape, storedBytes: tensors[i]!.sections[0]!.length }));
  checkExpansion(
    sizes.filter((_, i) => isExpanded(entries[i]!) && entries[i]!.repeats === undefined),
    options,
  );
  return entries;
}

/** Whether a few bytes of its section could stand for any number of elements. */
export function isExpanded({ form, isWrapped }: Pick<TensorEntry, "form" | "isWrapped">): boolean {
  return !isRawForm(form) || form === "sparse" || isWrapped === true;
}

function tensorEntry({ name, type: code, shape, sections, directoryBytes, repeats }: TensorInfo): TensorEntry {
  const refuse = (message: string) =>
    new FormatError("out-of-range", `tensor ${quoted(name)}: ${message}`, {
      tensor: name,
      offset: sections[0]?.offset,
    });
  const [section, ...others] = sections;
  if (section === undefined || others.length > 0) throw refuse(`1 section expected, got ${sections.length}`);
  const { kind, offset } = section;
  const known = sectionKind(kind);
  const type = elementTypeOfCode(code);
  if (type === undefined) throw refuse(`element type ${code} is not known`);
  if (known === undefined) throw refuse(`a section of kind ${kind} is not known`);
  if (!isRawForm(known.form) && numberType(type) === undefined) throw refuse(`${type} elements in codes`);
  if (known.isScaled && !isFloatType(type)) throw refuse(`scaled ${type} elements`);
  return { name, type, shape, ...known, offset, directoryBytes, ...(repeats !== undefined && { repeats }) };
}

/**
 * A tensor from its entry and the bytes of its section. Whether the entries of a sparse form stand where they can is
 * found by {@link dequantizeTensor} and tensor-codec's `checkEntries` and `weightEntries`.
 *
 * @throws FormatError naming the tensor
 */
export function decodeTensor(entry: TensorEntry, bytes: Uint8Array): StoredTensor {
  const { type, shape, form, isWrapped, isNarrowed, isScaled } = entry;
  return inPlainSection(entry, bytes, (plain) => {
    if (!isRawForm(form)) {
      const section = (isScaled ? decodeScaledSection : decodeSection)(form, plain, shape);
      if (type !== "float32") elementsOfValues(type, greatestValues(section.stored)); // each must be an element
      return { entry, form: "coded", section: isWrapped ? { ...section, bytes, isWrapped } : section };
    }
    let sizes: SparseSizes | undefined;
    const noted = (found: SparseSizes) => {
      sizes = found;
    };
    const elements = decodePlain(plain, { form, type, shape, onSizes: noted, ...(isNarrowed && { isNarrowed }) });
    return {
      entry,
      form: "raw",
      bytes: elements,
      rawForm: form,
      sectionLength: bytes.length,
      ...(sizes && { sizes }),
    };
  });
}

/** Runs `run` with the bytes that the section has when it is not wrapped. @throws FormatError naming the tensor */
function inPlainSection<T>(entry: TensorEntry, bytes: Uint8Array, run: (plain: Uint8Array) => T): T {
  const { isWrapped, shape } = entry;
  const plain = isWrapped ? inTensor(entry, "section", () => unwrapSection(bytes, shape)) : bytes;
  return inTensor(entry, isWrapped ? "decoded" : "section", () => run(plain));
}

/**
 * A slice of a tensor in codes, written where it goes, and the tensor around it. In the form context, if it is not scaled, the
 * slice is that of the bands which begin in it, and no other is decoded; all other streams are decoded whole.
 *
 * @throws FormatError naming the tensor
 */
export function dequantizedSlice(entry: TensorEntry, bytes: Uint8Array, slice: WeightSlice): Tensor {
  const { name, type, shape } = entry;
  if (!hasBands(entry)) return dequantizeTensor(decodeTensor(entry, bytes), slice);
  inPlainSection(entry, bytes, (plain) => decodeContextSlice(plain, shape, slice));
  const { buffer, byteOffset, byteLength } = slice.into;
  return { name, type, shape, bytes: new Uint8Array(buffer, byteOffset, byteLength) };
}

/** Whether slices are decoded by bands. */
function hasBands({ form, isScaled }: TensorEntry): boolean {
  return form === "context" && !isScaled;
}

/** Checks what only all elements of a tensor tell, of one whose slices were decoded each by itself. @throws FormatError */
export function checkContextSlices(entry: TensorEntry, bytes: Uint8Array, elements: Float32Array): void {
  if (!hasBands(entry)) return;
  inPlainSection(entry, bytes, (plain) => checkContextElements(plain, entry.shape, elements));
}

/**
 * The tensor with all its elements, or with a slice of them written where they go, if it is in codes.
 *
 * @throws FormatError naming the tensor, also if no array can hold its elements
 */
export function dequantizeTensor(stored: StoredTensor, slice?: WeightSlice): Tensor {
  const { name, type, shape } = stored.entry;
  if (stored.form === "raw") return { name, type, shape, bytes: stored.bytes };
  const { section } = stored;
  return inTensor(stored.entry, "decoded", () => {
    checkLength({ type, shape });
    if (type !== "float32" && section.stored.scales) {
      return { name, type, shape, bytes: elementsOfValues(type, dequantizeWeight(section.stored)) };
    }
    if (type !== "float32") {
      const centroids = elementsOfValues(type, section.stored.centroids);
      const count = elementCount(shape);
      const bytes = codedElements(section.stored, { centroids, bits: ELEMENT_TYPES[type].bits, count });
      return { name, type, shape, bytes };
    }
    const values = dequantizeWeight(section.stored, slice);
    return { name, type, shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
  });
}

/**
 * Runs `run`; a FormatError from it is wrapped in one that names the tensor and counts from the start of the file.
 *
 * @param counted what the offset of an error from `run` counts from: the start of the section, or something decoded, of which
 * the file has no place
 */
export function inTensor<T>({ name, form, offset }: TensorEntry, counted: "section" | "decoded", run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    const { code, stage, direction } = cause;
    const within = counted === "section" ? (cause.offset ?? 0) : 0;
    const place = { tensor: name, section: form, offset: offset + within, stage, direction };
    throw new FormatError(code, `tensor ${quoted(name)}, ${form}: ${cause.message}`, { ...place, cause });
  }
}
