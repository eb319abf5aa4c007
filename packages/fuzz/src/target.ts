import type { FuzzCase } from "./fuzz-case";

/** A decoder under test. */
export interface Target {
  readonly name: string;
  /** Most that each of a case's numbers may be, so that what it declares stays small. */
  readonly maxNumbers: readonly number[];
  /** Bytes of output that a case asks for by its numbers; what it asks for by its bytes comes on top. */
  readonly declaredBytes: (numbers: readonly number[], bytes: Uint8Array) => number;
  /**
   * Decodes and checks.
   *
   * @returns what kind of value it was, for the record of kinds seen
   * @throws FormatError if the bytes are refused; any other error is a defect
   */
  readonly run: (input: FuzzCase) => string | Promise<string>;
}
