import fc from "fast-check";
import type { ContainerContent, TensorRecord } from "./content";
import type { Envelope } from "./envelope";
import { repeatableElements } from "./repeated-tensors";
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
  sections: fc.array(section, { minLength: 1, maxLength: 4 }),
});

/** Tensors some of which repeat one before them, as far as readers allow. */
const tensors: fc.Arbitrary<readonly TensorRecord[]> = fc
  .record({
    own: fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 6 }),
    picks: fc.array(fc.option(fc.nat({ max: 5 })), { minLength: 6, maxLength: 6 }),
  })
  .map(({ own, picks }) => {
    const made: TensorRecord[] = [];
    for (const [i, { name, ...rest }] of own.entries()) {
      const pick = picks[i] ?? i;
      const original = made[pick];
      const repeated = original?.repeats === undefined && original && { ...original, name, repeats: pick };
      const fits = repeated && repeatableElements([...made, repeated]) >= 0;
      made.push(fits ? repeated : { name, ...rest });
    }
    return made;
  });

/** Names that files of a model can have together; one that is alone may have none. */
const FILE_NAMES = ["model.onnx", "data/weights.bin", "data/é", "a.b", "A"];

/** An envelope with so many holes. */
export function envelopes(options: { readonly tensorCount: number }): fc.Arbitrary<Envelope> {
  const { tensorCount } = options;
  const hole = fc.record({
    gap: fc.nat({ max: 3 }),
    length: fc.nat({ max: 9 }),
    encoding: fc.constantFrom("bytes" as const, "varints" as const),
  });
  return fc
    .record({
      format: fc.integer({ min: 0, max: 255 }),
      names: fc.oneof(fc.constant<string[]>([""]), fc.uniqueArray(fc.constantFrom(...FILE_NAMES), { minLength: 1 })),
      cuts: fc.array(fc.nat({ max: 60 }), { minLength: FILE_NAMES.length, maxLength: FILE_NAMES.length }),
      holes: fc.array(hole, { minLength: tensorCount, maxLength: tensorCount }),
      rest: fc.uint8Array({ maxLength: 30 }),
    })
    .map(({ format, names, cuts, holes, rest }) => {
      let end = 0;
      const placed = holes.map(({ gap, length, encoding }) => {
        const start = end + gap;
        end = start + length;
        return { start, length, encoding };
      });
      const gaps = holes.reduce((sum, { gap }) => sum + gap, 0);
      const skeleton = Uint8Array.from([...new Uint8Array(gaps), ...rest]);
      const total = end + rest.length;
      const ends = [
        ...cuts
          .slice(1, names.length)
          .map((cut) => Math.min(cut, total))
          .sort((a, b) => a - b),
        total,
      ];
      const files = names.map((name, i) => ({ name, byteLength: ends[i]! - (ends[i - 1] ?? 0) }));
      return { format, files, holes: placed, skeleton };
    });
}

/** What a file can hold: metadata, a graph, an envelope or neither, tensors of any shape with sections of any kind. */
export function containerContents(): fc.Arbitrary<ContainerContent> {
  return tensors.chain((made) => {
    const graph = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => ({ kind: "graph" as const, bytes }));
    const envelope = envelopes({ tensorCount: made.length }).map((one) => ({
      kind: "envelope" as const,
      envelope: one,
    }));
    const metadata = fc.dictionary(text, text, { maxKeys: 4 });
    return fc.record(
      { metadata, model: fc.oneof(graph, envelope), tensors: fc.constant(made) },
      { requiredKeys: ["tensors"] },
    );
  });
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
