import { byteReader, concatenated, elementCount, FormatError, inStage } from "@deep-compression/bits";
import {
  checkNarrower,
  ELEMENT_TYPES,
  elementBytes,
  elementTypeOfCode,
  narrowElements,
  narrowerTypes,
  type Tensor,
  widenElements,
} from "@deep-compression/network";
import { MAX_ARRAY_BYTES, shapeText } from "@deep-compression/runtime";
import {
  decodeRaw,
  type ElementSource,
  encodeRaw,
  encodeRawBelow,
  type RawForm,
  type RawSection,
  type SparseSizes,
  wrapSection,
} from "@deep-compression/tensor-codec";

/** Elements of a tensor, of its type and shape. */
type Head = Pick<Tensor, "type" | "shape">;

/** Of more bytes the narrower type is taken without a look at what all bytes would come to: their zeros take next to nothing, not nothing. */
const FEW_BYTES = 2 ** 14;

/** The section that takes the fewest bytes for these elements bit for bit: in the tensor's type or a narrower one, and wrapped if that saves bytes. */
export function plainSection(head: Head, elements: Uint8Array): RawSection {
  const narrow = narrowedBelow(head, elements, elements.length);
  if (narrow !== undefined && elements.length > FEW_BYTES) return wrapped(narrow, head);
  const { type, shape } = head;
  const { bits } = ELEMENT_TYPES[type];
  if (narrow === undefined) return wrapped(encodeRaw(elements, { bits, shape }), head);
  const whole = encodeRawBelow(elements, { bits, shape, bytes: narrow.bytes.length + 1 });
  return wrapped(whole ?? narrow, head);
}

/** As {@link plainSection}, if it takes fewer than so many bytes before it is wrapped; undefined if it does not, which is found out sooner. */
export function plainSectionBelow(head: Head, source: ElementSource, bytes: number): RawSection | undefined {
  const isMade = source instanceof Uint8Array || source.length <= FEW_BYTES;
  const narrow = isMade ? narrowedBelow(head, source.subarray(0, source.length), bytes) : undefined;
  if (narrow !== undefined && source.length > FEW_BYTES) return wrapped(narrow, head);
  const { type, shape } = head;
  const most = narrow === undefined ? bytes : narrow.bytes.length + 1;
  const whole = encodeRawBelow(source, { bits: ELEMENT_TYPES[type].bits, shape, bytes: most });
  const found = whole ?? narrow;
  return found && wrapped(found, head);
}

/** Elements that are deflated, split or sparse, deflated once more if that saves bytes. */
function wrapped(section: RawSection, { shape }: Head): RawSection {
  return section.form === "raw" ? section : wrapSection(section, shape);
}

/** The elements in the narrowest type that holds them all (docs/format.md, "Narrowed sections"), if that takes fewer than so many bytes. */
function narrowedBelow({ type, shape }: Head, elements: Uint8Array, bytes: number): RawSection | undefined {
  if (elements.length === 0) return undefined;
  for (const to of narrowerTypes(type)) {
    const narrow = narrowElements(elements, { type, to });
    if (narrow === undefined) continue;
    const { code, bits } = ELEMENT_TYPES[to];
    const inner = encodeRawBelow(narrow, { bits, shape, bytes: bytes - 1 });
    if (inner === undefined) return undefined;
    const section = concatenated([Uint8Array.of(code), inner.bytes]);
    return { ...inner, ...behindType(inner.sizes), bytes: section, elements, isNarrowed: true };
  }
  return undefined;
}

/**
 * The mirror of {@link plainSection}, of a section that is not wrapped: the elements.
 *
 * @param options.onSizes told what the parts of a sparse section take
 * @throws FormatError
 */
export function decodePlain(
  bytes: Uint8Array,
  options: Head & {
    readonly form: RawForm;
    readonly isNarrowed?: true;
    readonly onSizes?: (sizes: SparseSizes) => void;
  },
): Uint8Array {
  const { type, isNarrowed, onSizes, ...rest } = options;
  if (!isNarrowed) return decodeRaw(bytes, { ...rest, bits: ELEMENT_TYPES[type].bits, ...(onSizes && { onSizes }) });
  const reader = byteReader(bytes);
  const from = elementTypeOfCode(reader.u8());
  checkNarrower(type, from);
  checkLength(options);
  const noted = (sizes: SparseSizes) => onSizes?.(behindType(sizes).sizes ?? sizes);
  const narrow = inStage({ stage: "narrowed", direction: "decode", start: 1 }, () =>
    decodeRaw(reader.bytes(reader.remaining), { ...rest, bits: ELEMENT_TYPES[from].bits, onSizes: noted }),
  );
  return widenElements(narrow, { type, from });
}

/** What the parts of a sparse section take behind the byte of a type. */
function behindType(sizes: SparseSizes | undefined): { readonly sizes?: SparseSizes } {
  return sizes === undefined ? {} : { sizes: { ...sizes, section: sizes.section + 1 } };
}

/** @throws FormatError "limit-exceeded" if no array can hold the elements */
export function checkLength({ type, shape }: Head): void {
  const length = elementBytes(type, elementCount(shape));
  if (length <= MAX_ARRAY_BYTES) return;
  const message = `${shapeText(shape)} takes ${length} bytes, more than the ${MAX_ARRAY_BYTES} of an array`;
  throw new FormatError("limit-exceeded", message, { offset: 0 });
}
