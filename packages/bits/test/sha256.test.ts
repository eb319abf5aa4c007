import { createHash } from "node:crypto";
import { sha256 } from "@deep-compression/bits";
import fc from "fast-check";
import { expect, test } from "vitest";

const expected = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

test("the hash of bytes in any pieces is that of all of them, and of a copy that of its own", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), fc.uint8Array({ maxLength: 200 }), (pieces, other) => {
      const hash = sha256();
      for (const piece of pieces) hash.update(piece);
      const copy = hash.copy();
      copy.update(other);
      expect(hash.hex()).toBe(expected(Buffer.concat(pieces)));
      expect(hash.hex()).toBe(expected(Buffer.concat(pieces)));
      expect(copy.hex()).toBe(expected(Buffer.concat([...pieces, other])));
    }),
  );
});

test("lengths around a block and the examples of FIPS 180-4", () => {
  for (const length of [0, 55, 56, 63, 64, 65, 119, 120, 128, 100_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 31);
    const hash = sha256();
    hash.update(bytes);
    expect(hash.hex()).toBe(expected(bytes));
  }
  const abc = sha256();
  abc.update(new TextEncoder().encode("abc"));
  expect(abc.hex()).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
