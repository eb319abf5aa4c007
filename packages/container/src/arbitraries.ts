import fc from "fast-check";
import type { ContainerContent, TensorRecord } from "./content";
import { writeContainer } from "./write-container";

/** Well-formed Unicode, the empty text and characters beyond 16 bits among it. */
const text = fc.string({ unit: "binary", maxLength: 12 });

const shape = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
  fc.array(fc.integer({ min: 1, max: 2 ** 20 }), { minLength: 1, maxLength: 2 }),
);

const section = fc.record({ kind: fc.integer({ min: 0, max: 255 }), bytes: fc.uint8Array({ maxLength: 40 }) });

const tensor: fc.Arbitrary<TensorRecord> = fc.record({
  name: fc.oneof(text, fc.constantFrom("__proto__", "constructor", "ip1.weight")),
  type: fc.integer({ min: 1, max: 255 }),
  shape,
  sections: fc.array(section, { maxLength: 4 }),
});

/** What a file can hold: metadata, a graph or none, tensors of any shape with sections of any kind. */
export function containerContents(): fc.Arbitrary<ContainerContent> {
  return fc.record(
    {
      metadata: fc.dictionary(text, text, { maxKeys: 4 }),
      graph: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      tensors: fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 5 }),
    },
    { requiredKeys: ["tensors"] },
  );
}

/** Valid `.dcz` bytes; the sections are bytes of no meaning. */
export function containerFiles(): fc.Arbitrary<Uint8Array> {
  return containerContents().map(writeContainer);
}

/**
 * Bytes of `files` after one accident: a bit flipped, a byte overwritten, bytes cut off, put in or left out.
 * A decoder given them must raise FormatError or give back exactly the original.
 */
export function mutatedBytes(
  files: fc.Arbitrary<Uint8Array>,
): fc.Arbitrary<{ readonly original: Uint8Array; readonly mutated: Uint8Array }> {
  return files.chain((original) => {
    const at = fc.nat({ max: Math.max(0, original.length - 1) });
    const end = fc.nat({ max: original.length });
    const some = fc.uint8Array({ minLength: 1, maxLength: 8 });
    return fc
      .oneof(
        fc
          .tuple(at, fc.nat({ max: 7 }))
          .map(([i, bit]) => original.map((byte, j) => (i === j ? byte ^ (1 << bit) : byte))),
        fc.tuple(at, fc.nat({ max: 255 })).map(([i, value]) => original.map((byte, j) => (i === j ? value : byte))),
        end.map((length) => original.slice(0, length)),
        fc.tuple(end, some).map(([i, added]) => spliced(original, { at: i, removed: 0, added })),
        fc.tuple(end, fc.nat({ max: 8 })).map(([i, removed]) => spliced(original, { at: i, removed, added: [] })),
      )
      .map((mutated) => ({ original, mutated }));
  });
}

function spliced(bytes: Uint8Array, change: { at: number; removed: number; added: ArrayLike<number> }): Uint8Array {
  const { at, removed, added } = change;
  return Uint8Array.from([...bytes.subarray(0, at), ...Array.from(added), ...bytes.subarray(at + removed)]);
}
