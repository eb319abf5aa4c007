import fc from "fast-check";

/** A change to bytes. Places and lengths are taken modulo what the bytes allow, so every mutation fits any bytes. */
export type Mutation =
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "truncate"; readonly at: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "delete"; readonly at: number; readonly length: number }
  | { readonly kind: "duplicate"; readonly at: number; readonly length: number };

/** Bit flips, truncation, insertion, deletion and doubled spans. */
export function mutations(): fc.Arbitrary<Mutation> {
  const at = fc.nat();
  const length = fc.integer({ min: 1, max: 16 });
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("flip" as const), at, bit: fc.integer({ min: 0, max: 7 }) }),
    },
    fc.record({ kind: fc.constant("truncate" as const), at }),
    fc.record({ kind: fc.constant("insert" as const), at, bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }) }),
    fc.record({ kind: fc.constant("delete" as const), at, length }),
    fc.record({ kind: fc.constant("duplicate" as const), at, length }),
  );
}

/** The bytes changed; they come as a copy. Empty bytes can only grow, by insertion. */
export function mutate(bytes: Uint8Array, mutation: Mutation): Uint8Array {
  const at = mutation.at % (bytes.length + 1);
  switch (mutation.kind) {
    case "flip":
      return bytes.map((byte, i) => (i === mutation.at % bytes.length ? byte ^ (1 << mutation.bit) : byte));
    case "truncate":
      return bytes.slice(0, at);
    case "insert":
      return joined(bytes.subarray(0, at), mutation.bytes, bytes.subarray(at));
    case "delete":
      return joined(bytes.subarray(0, at), bytes.subarray(at + mutation.length));
    case "duplicate":
      return joined(bytes.subarray(0, at + mutation.length), bytes.subarray(at));
  }
}

/** Bytes that went through one to three mutations; now and then these cancel out. Works for any format's valid bytes. */
export function mutated(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(bytes, fc.array(mutations(), { minLength: 1, maxLength: 3 }))
    .map(([original, changes]) => changes.reduce(mutate, original));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => {
    whole.set(part, at);
    return at + part.length;
  }, 0);
  return whole;
}
