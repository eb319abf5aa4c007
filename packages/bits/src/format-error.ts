/**
 * What is wrong with bytes that cannot be decoded: the codes of docs/format.md, "Errors", and "unsupported", which says
 * that a file of another format may be valid but holds what a network of ours cannot.
 */
export type FormatErrorCode =
  | "truncated"
  | "bad-magic"
  | "unsupported-version"
  | "bad-checksum"
  | "invalid-table"
  | "out-of-range"
  | "trailing-data"
  | "limit-exceeded"
  | "duplicate-name"
  | "not-canonical"
  | "unsupported";

/** Which way a stage went. */
export type StageDirection = "encode" | "decode";

/** Where a {@link FormatError} arose, as far as known. */
export interface FormatErrorDetails {
  /** Byte offset, counted from the start of the file or of the bytes given. */
  readonly offset?: number;
  /** Name of the tensor concerned. */
  readonly tensor?: string;
  /** Name of the section concerned. */
  readonly section?: string;
  /** Name of the codec concerned: the innermost stage of a chain, or part of a record. */
  readonly stage?: string;
  /** Which way the stage went. */
  readonly direction?: StageDirection;
  readonly cause?: unknown;
}

/**
 * Corrupt, hostile or unsupported bytes. A wrong argument from the caller is a TypeError or a RangeError instead.
 */
export class FormatError extends Error {
  override readonly name = "FormatError";
  declare readonly offset?: number;
  declare readonly tensor?: string;
  declare readonly section?: string;
  declare readonly stage?: string;
  declare readonly direction?: StageDirection;

  constructor(
    readonly code: FormatErrorCode,
    message: string,
    details: FormatErrorDetails = {},
  ) {
    super(message, details);
    Object.assign(this, details);
  }
}
