import { elementCount, FormatError } from "@deep-compression/bits";
import type { Envelope } from "@deep-compression/container";
import { ELEMENT_TYPES, type ElementType, elementBytes } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import type { TensorEntry } from "./tensor-entry";

/** Bytes of the longest varint of protobuf, which holds 64 bits. */
const LONGEST_VARINT = 10;

/** Types whose elements protobuf has as varints sign-extended to 64 bits; the others that it has so are zero-extended. */
const SIGNED: readonly ElementType[] = ["int8", "int16", "int32", "int64"];

/** Types whose elements protobuf never has as varints. */
const NO_VARINTS: readonly ElementType[] = ["float32", "float64", "complex64", "complex128"];

/**
 * Holds the holes of an envelope against the tensors that fill them, one each: whether bytes of so many elements fit, and whether
 * so many varints could (docs/format.md, "The envelope").
 *
 * @throws FormatError "out-of-range" naming the tensor
 */
export function checkHoles({ holes }: Pick<Envelope, "holes">, entries: readonly TensorEntry[]): void {
  for (const [i, entry] of entries.entries()) {
    const { encoding, length } = holes[i]!;
    const reason = encoding === "bytes" ? whyNotBytes(entry, length) : whyNotVarints(entry, length);
    if (reason === undefined) continue;
    const message = `envelope: tensor ${quoted(entry.name)} does not fit its hole of ${length} bytes: ${reason}`;
    throw new FormatError("out-of-range", message, { tensor: entry.name, section: "envelope" });
  }
}

function whyNotBytes({ type, shape }: TensorEntry, length: number): string | undefined {
  const expected = elementBytes(type, elementCount(shape));
  return length === expected ? undefined : `it has ${expected}`;
}

function whyNotVarints({ type, shape }: TensorEntry, length: number): string | undefined {
  const { bits } = ELEMENT_TYPES[type];
  if (NO_VARINTS.includes(type)) return `${type} elements are no varints`;
  // Elements of fewer than eight bits share a byte, which is one varint.
  const longest = SIGNED.includes(type) ? LONGEST_VARINT : Math.ceil(Math.max(8, bits) / 7);
  const count = bits < 8 ? elementBytes(type, elementCount(shape)) : elementCount(shape);
  const fits = length >= count && length <= longest * count;
  return fits ? undefined : `${count} varints of ${type} take ${count} to ${longest * count}`;
}
