/** What a decoder is given: the bytes, and the numbers that its caller would know beforehand (see `targets.ts`). */
export interface FuzzCase {
  readonly target: string;
  readonly numbers: readonly number[];
  readonly bytes: Uint8Array;
  /** The bytes before the accident, where a checksum covers all of them: nothing else may be read as valid. */
  readonly original?: Uint8Array;
}

/** A case as the text of a file, to be kept and run again. */
export function caseText({ target, numbers, bytes, original }: FuzzCase): string {
  const fields = { target, numbers, bytes: hex(bytes), ...(original && { original: hex(original) }) };
  return `${JSON.stringify(fields)}\n`;
}

/** The mirror of {@link caseText}. @throws TypeError if the text is no case */
export function parseCase(text: string): FuzzCase {
  const { target, numbers, bytes, original } = JSON.parse(text);
  if (typeof target !== "string" || !Array.isArray(numbers) || typeof bytes !== "string") {
    throw new TypeError(`text: expected a case with target, numbers and bytes, got ${text.slice(0, 60)}`);
  }
  return { target, numbers, bytes: fromHex(bytes), ...(original !== undefined && { original: fromHex(original) }) };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}
