import { FormatError } from "@deep-compression/bits";
import type { CentroidPrecision } from "./centroid-precision";

/** Kinds of sections that are not wrapped: one a form of a tensor (docs/format.md, "Tensor forms"). */
export const SECTION_KINDS = {
  raw: 1,
  dense: 2,
  gaps: 3,
  bitmask: 4,
  deflated: 5,
  planes: 6,
  split: 7,
  context: 8,
  sparse: 9,
} as const;

/** How a tensor is stored. */
export type Form = keyof typeof SECTION_KINDS;

/**
 * The forms that hold all elements bit for bit: as they are, deflated, deflated with their bytes in planes, or split into planes
 * that are symbol streams or stored.
 */
export type WholeForm = "raw" | "deflated" | "planes" | "split";

/** The forms that hold elements bit for bit; sparse holds those of which some bit is set, in one of the other forms. */
export type RawForm = WholeForm | "sparse";

/** The forms that have codes. */
export type CodedForm = Exclude<Form, RawForm>;

const FORMS = Object.keys(SECTION_KINDS) as Form[];

const RAW_FORMS: readonly Form[] = ["raw", "deflated", "planes", "split", "sparse"];

/** The coded forms whose sections begin alike and have symbol streams. */
export type SymbolForm = Exclude<CodedForm, "context">;

/** What the first byte of a section of those forms, or of a sparse one, says (docs/format.md, "Flags"). */
export interface SectionFlags {
  readonly precision: CentroidPrecision;
  readonly order: "row-major" | "column-major";
  readonly rowMap: boolean;
  readonly columnMap: boolean;
  /** The maps tell density classes, not only which rows and columns are empty. */
  readonly densityClasses: boolean;
  /** Submatrices have levels, and a mask begins with runs; only in the form bitmask. */
  readonly levels: boolean;
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
/** In the form bitmask, where no gap has a width. */
const LEVELS = 0x10;

/** Bits that a form may set. */
const ALLOWED = { dense: 0x01, gaps: 0xff, bitmask: 0x9f, sparse: 0x8e } as const;

export function encodeFlags(flags: SectionFlags): number {
  const { precision, order, rowMap, columnMap, densityClasses, levels, gapBits } = flags;
  return (
    (precision === "float16" ? FLOAT16 : 0) |
    (order === "column-major" ? COLUMN_MAJOR : 0) |
    (rowMap ? ROW_MAP : 0) |
    (columnMap ? COLUMN_MAP : 0) |
    (densityClasses ? DENSITY_CLASSES : 0) |
    (levels ? LEVELS : 0) |
    ((gapBits - 1) << GAP_BITS_SHIFT)
  );
}

/** The mirror of {@link encodeFlags}. @throws FormatError "out-of-range" for a flag that the form does not have */
export function decodeFlags(flags: number, form: SymbolForm | "sparse"): SectionFlags {
  const densityClasses = (flags & DENSITY_CLASSES) !== 0;
  const levels = form === "bitmask" && (flags & LEVELS) !== 0;
  const classesWithoutMap = densityClasses && (flags & (ROW_MAP | COLUMN_MAP)) === 0;
  if ((flags & ~ALLOWED[form]) !== 0 || classesWithoutMap || (levels && !densityClasses)) {
    throw new FormatError("out-of-range", `flags ${flags} are not those of the form ${form}`, { offset: 0 });
  }
  return {
    precision: flags & FLOAT16 ? "float16" : "float32",
    order: flags & COLUMN_MAJOR ? "column-major" : "row-major",
    rowMap: (flags & ROW_MAP) !== 0,
    columnMap: (flags & COLUMN_MAP) !== 0,
    densityClasses,
    levels,
    gapBits: levels ? 1 : ((flags >> GAP_BITS_SHIFT) & GAP_BITS_MASK) + 1,
  };
}

/** What the kind of a section tells. */
export interface SectionKind {
  readonly form: Form;
  /** Its bytes are a deflate stream of those that the form has (docs/format.md, "Wrapped sections"). */
  readonly isWrapped?: true;
  /** Scales of rows or columns stand before it (docs/format.md, "Scales"). */
  readonly isScaled?: true;
  /** The elements are stored in a narrower type (docs/format.md, "Narrowed sections"). */
  readonly isNarrowed?: true;
}

/** Bits that a kind has besides those of its form. */
const WRAPPED = 0x80;
const NARROWED = 0x40;
const SCALED = 0x20;

/**
 * The number that stands in a directory. The form raw is never wrapped; only forms with codes are scaled, and only those that hold
 * elements bit for bit are narrowed.
 */
export function kindNumber({ form, isWrapped, isNarrowed, isScaled }: SectionKind): number {
  return SECTION_KINDS[form] | (isWrapped ? WRAPPED : 0) | (isNarrowed ? NARROWED : 0) | (isScaled ? SCALED : 0);
}

/** The mirror of {@link kindNumber}; undefined for a number that means nothing. */
export function sectionKind(kind: number): SectionKind | undefined {
  const form = FORMS.find((one) => SECTION_KINDS[one] === (kind & ~(WRAPPED | NARROWED | SCALED)));
  if (form === undefined) return undefined;
  const isWrapped = (kind & WRAPPED) !== 0;
  const isNarrowed = (kind & NARROWED) !== 0;
  const isScaled = (kind & SCALED) !== 0;
  if (isRawForm(form) ? isScaled || (isWrapped && form === "raw") : isNarrowed) return undefined;
  return { form, ...(isWrapped && { isWrapped }), ...(isNarrowed && { isNarrowed }), ...(isScaled && { isScaled }) };
}

/** Whether a form holds elements bit for bit, and not codes. */
export function isRawForm(form: Form): form is RawForm {
  return RAW_FORMS.includes(form);
}
