import { crc32c, elementCount } from "@deep-compression/bits";
import { repeatableElements, type TensorRecord } from "@deep-compression/container";

/**
 * The tensors with the sections of equal ones once: each of the same type, shape and bytes as an earlier one repeats it (tied
 * embeddings, for one), as far as readers allow so many elements that take no bytes (docs/format.md, "Limits").
 */
export function storedOnce(tensors: readonly TensorRecord[]): readonly TensorRecord[] {
  const met = new Map<string, number[]>();
  let spare = repeatableElements(tensors);
  return tensors.map((tensor, i) => {
    const key = keyOf(tensor);
    const before = met.get(key) ?? [];
    const repeats = before.find((earlier) => sameSections(tensors[earlier]!, tensor));
    if (repeats === undefined) met.set(key, [...before, i]);
    const cost = 2 * elementCount(tensor.shape); // one that repeats, one less that does not
    if (repeats === undefined || cost > spare) return tensor;
    spare -= cost;
    return { ...tensor, sections: [], repeats };
  });
}

/** What equal tensors have in common, and few others. */
function keyOf({ type, shape, sections }: TensorRecord): string {
  return JSON.stringify([type, shape, sections.map(({ kind, bytes }) => [kind, bytes.length, crc32c(bytes)])]);
}

function sameSections(a: TensorRecord, b: TensorRecord): boolean {
  return a.sections.every(({ bytes }, i) => sameBytes(bytes, b.sections[i]!.bytes));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
