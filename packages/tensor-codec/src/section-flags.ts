import { FormatError } from "@deep-compression/bits";
import type { CentroidPrecision } from "./codebook-bytes";

/** Kinds of sections that are not wrapped: one a form of a tensor (docs/format.md, "Tensor forms"). */
export const SECTION_KINDS = { raw: 1, dense: 2, gaps: 3, bitmask: 4, deflated: 5, planes: 6, split: 7 } as const;

/** How a tensor is stored. */
export type Form = keyof typeof SECTION_KINDS;

/**
 * The forms that hold elements bit for bit, of any type: as they are, deflated, deflated with their bytes in planes, or split into
 * planes that are symbol streams or stored.
 */
export type RawForm = "raw" | "deflated" | "planes" | "split";

/** The forms that have codes. */
export type CodedForm = Exclude<Form, RawForm>;

const FORMS: readonly Form[] = ["raw", "dense", "gaps", "bitmask", "deflated", "planes", "split"];

/** What the first byte of a coded section says (docs/format.md, "Flags"). */
export interface SectionFlags {
  readonly precision: CentroidPrecision;
  readonly order: "row-major" | "column-major";
  readonly rowMap: boolean;
  readonly columnMap: boolean;
  /** The maps tell density classes, not only which rows and columns are empty. */
  readonly densityClasses: boolean;
  /** 1..8; 1 in other forms than gaps. */
  readonly gapBits: number;
}

const FLOAT16 = 0x01;
const COLUMN_MAJOR = 0x02;
const ROW_MAP = 0x04;
const COLUMN_MAP = 0x08;
const GAP_BITS_SHIFT = 4;
const GAP_BITS_MASK = 0x07;
const DENSITY_CLASSES = 0x80;

/** Bits that a form may set. */
const ALLOWED = { dense: 0x01, gaps: 0xff, bitmask: 0x8f } as const;

export function encodeFlags(flags: SectionFlags): number {
  const { precision, order, rowMap, columnMap, densityClasses, gapBits } = flags;
  return (
    (precision === "float16" ? FLOAT16 : 0) |
    (order === "column-major" ? COLUMN_MAJOR : 0) |
    (rowMap ? ROW_MAP : 0) |
    (columnMap ? COLUMN_MAP : 0) |
    (densityClasses ? DENSITY_CLASSES : 0) |
    ((gapBits - 1) << GAP_BITS_SHIFT)
  );
}

/** The mirror of {@link encodeFlags}. @throws FormatError "out-of-range" for a flag that the form does not have */
export function decodeFlags(flags: number, form: CodedForm): SectionFlags {
  const classesWithoutMap = (flags & DENSITY_CLASSES) !== 0 && (flags & (ROW_MAP | COLUMN_MAP)) === 0;
  if ((flags & ~ALLOWED[form]) !== 0 || classesWithoutMap) {
    throw new FormatError("out-of-range", `flags ${flags} are not those of the form ${form}`, { offset: 0 });
  }
  return {
    precision: flags & FLOAT16 ? "float16" : "float32",
    order: flags & COLUMN_MAJOR ? "column-major" : "row-major",
    rowMap: (flags & ROW_MAP) !== 0,
    columnMap: (flags & COLUMN_MAP) !== 0,
    densityClasses: (flags & DENSITY_CLASSES) !== 0,
    gapBits: ((flags >> GAP_BITS_SHIFT) & GAP_BITS_MASK) + 1,
  };
}

/** What the kind of a section tells. */
export interface SectionKind {
  readonly form: Form;
  /** Its bytes are a deflate stream of those that the form has (docs/format.md, "Wrapped sections"). */
  readonly isWrapped?: true;
  /** Scales of rows or columns stand before it (docs/format.md, "Scales"). */
  readonly isScaled?: true;
}

/** Bits that a kind has besides those of its form. */
const WRAPPED = 0x80;
const SCALED = 0x20;

/** The number that stands in a directory. The form raw is never wrapped, and only forms with codes are scaled. */
export function kindNumber({ form, isWrapped, isScaled }: SectionKind): number {
  return SECTION_KINDS[form] | (isWrapped ? WRAPPED : 0) | (isScaled ? SCALED : 0);
}

/** The mirror of {@link kindNumber}; undefined for a number that means nothing. */
export function sectionKind(kind: number): SectionKind | undefined {
  const form = FORMS.find((one) => SECTION_KINDS[one] === (kind & ~(WRAPPED | SCALED)));
  const [isWrapped, isScaled] = [(kind & WRAPPED) !== 0, (kind & SCALED) !== 0];
  if (form === undefined || (isWrapped && form === "raw") || (isScaled && isRawForm(form))) return undefined;
  return { form, ...(isWrapped && { isWrapped }), ...(isScaled && { isScaled }) };
}

/** Whether a form holds elements bit for bit, and not codes. */
export function isRawForm(form: Form): form is RawForm {
  return form === "raw" || form === "deflated" || form === "planes" || form === "split";
}
