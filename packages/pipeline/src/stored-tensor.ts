import { FormatError } from "@deep-compression/bits";
import { elementCount, type TensorInfo } from "@deep-compression/container";
import { type ElementType, elementBytes, elementTypeOfCode, type Tensor } from "@deep-compression/network";
import { inTensor } from "./codec";
import { checkUnfolding, MAX_ARRAY_BYTES } from "./limits";
import { formOfKind } from "./section-flags";
import { type SectionParts, splitSection } from "./section-parts";
import { type CodedWeight, checkEntries, expandCoded, type WeightShare } from "./stored-weight";
import { decodeWeight } from "./weight-section";

/** A tensor of a file: its elements as they are, or a float32 weight in codes. */
export type StoredTensor = { readonly name: string; readonly type: ElementType; readonly shape: readonly number[] } & (
  | { readonly form: "raw"; readonly bytes: Uint8Array }
  | { readonly form: "coded"; readonly parts: SectionParts; readonly weight: CodedWeight }
);

/** Options of everything that reads a file. */
export interface ReadOptions {
  /**
   * Elements that coded tensors may unfold to beyond 4096 a stored byte, over the whole file, or Infinity; default 2^24
   * (docs/format.md, "Limits"). What `compress` writes stays within the default.
   */
  readonly freeElements?: number;
}

/** Holds the directory's claims against its bytes before any tensor is decoded. @throws FormatError "limit-exceeded" */
export function checkClaims(tensors: readonly TensorInfo[], options: ReadOptions): void {
  const coded = tensors.filter(({ sections }) => sections.some(({ kind }) => formOfKind(kind) !== "raw"));
  checkUnfolding(
    coded.map(({ name, shape, sections }) => ({
      name,
      shape,
      storedBytes: sections.reduce((sum, { length }) => sum + length, 0),
    })),
    options,
  );
}

/**
 * A tensor from its entry in the directory and the bytes of its section (docs/format.md, "Tensor forms"). Whether entries
 * stand where they can is left to {@link checkedTensor} and {@link expandTensor}.
 *
 * @throws FormatError naming the tensor
 */
export function decodeTensor(info: TensorInfo, sections: readonly { readonly bytes: Uint8Array }[]): StoredTensor {
  const { name, shape } = info;
  const offset = info.sections[0]?.offset;
  if (info.sections.length !== 1) {
    const message = `tensor "${name}": 1 section expected, got ${info.sections.length}`;
    throw new FormatError("out-of-range", message, { tensor: name, offset });
  }
  const form = formOfKind(info.sections[0].kind);
  const place = { tensor: name, section: form ?? `kind ${info.sections[0].kind}`, offset };
  return inTensor(place, () => {
    const type = elementTypeOfCode(info.type);
    if (type === undefined) throw new FormatError("out-of-range", `element type ${info.type} is not known`, { offset });
    if (form === undefined) throw new FormatError("out-of-range", "a section of this kind is not known", { offset });
    const { bytes } = sections[0];
    if (form === "raw") return { name, type, shape, form, bytes: checkedRaw({ type, shape, bytes, offset }) };
    if (type !== "float32") throw new FormatError("out-of-range", `${type} elements in codes`, { offset });
    const parts = splitSection({ form, bytes, shape, baseOffset: offset });
    return { name, type, shape, form: "coded", parts, weight: decodeWeight(parts) };
  });
}

function checkedRaw(raw: {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly offset: number;
}): Uint8Array {
  const expected = elementBytes(raw.type, elementCount(raw.shape));
  if (raw.bytes.length === expected) return raw.bytes;
  const code = raw.bytes.length < expected ? "truncated" : "trailing-data";
  throw new FormatError(code, `[${raw.shape}] takes ${expected} bytes, got ${raw.bytes.length}`, {
    offset: raw.offset,
  });
}

/** The tensor as {@link decodeTensor} gives it, checked whole. @throws FormatError naming the tensor */
export function checkedTensor(info: TensorInfo, sections: readonly { readonly bytes: Uint8Array }[]): StoredTensor {
  const stored = decodeTensor(info, sections);
  if (stored.form === "coded") inTensor(placeOf(stored), () => checkEntries(stored.weight));
  return stored;
}

/**
 * The tensor with all its elements, or with a share of them written where they go, if it is in codes.
 *
 * @throws FormatError naming the tensor, also if no array can hold its elements
 */
export function expandTensor(stored: StoredTensor, share?: WeightShare): Tensor {
  const { name, type, shape } = stored;
  if (stored.form === "raw") return { name, type, shape, bytes: stored.bytes };
  const length = elementBytes(type, elementCount(shape));
  if (length > MAX_ARRAY_BYTES) {
    const message = `tensor "${name}": [${shape}] takes ${length} bytes, more than the ${MAX_ARRAY_BYTES} of an array`;
    throw new FormatError("limit-exceeded", message, placeOf(stored));
  }
  const values = inTensor(placeOf(stored), () => expandCoded(stored.weight, share));
  return { name, type, shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

function placeOf({ name, parts }: Extract<StoredTensor, { form: "coded" }>) {
  return { tensor: name, section: parts.form, offset: parts.positions.baseOffset };
}
