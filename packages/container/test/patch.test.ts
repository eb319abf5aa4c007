import { bytesSource, crc32c } from "@deep-compression/bits";
import { applyPatch, decodePatch, makePatch } from "@deep-compression/container/patch";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const applied = (old: Uint8Array, patch: Uint8Array) => applyPatch(bytesSource(old), patch);

function randomBytes(length: number, seed = 1): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => 256 * random());
}

/** The bytes with another checksum in front, so that what is behind is looked at. */
function sealed(patch: Uint8Array): Uint8Array {
  const bytes = patch.slice();
  new DataView(bytes.buffer).setUint32(5, crc32c(bytes.subarray(9)), true);
  return bytes;
}

test("makes any bytes of any others", async () => {
  const piece = fc.constantFrom(...[1, 2, 3, 4].map((seed) => randomBytes(100 * seed, seed)));
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(piece, { maxLength: 6 }).map((all) => Buffer.concat(all)),
  );
  await fc.assert(
    fc.asyncProperty(bytes, bytes, async (a, b) => {
      const [old, made] = [new Uint8Array(a), new Uint8Array(b)];
      expect(await applied(old, makePatch(old, made))).toEqual(made);
    }),
    { numRuns: 200 },
  );
});

describe("is small where the new bytes are those of the old one", () => {
  const old = randomBytes(1_000_000);
  const cases: readonly (readonly [string, Uint8Array, number])[] = [
    ["all of them", old, 100],
    ["but for one", old.with(500_000, 1 - old[500_000]!), 110],
    ["with others between them", new Uint8Array([...old.subarray(0, 300_001), 1, 2, 3, ...old.subarray(300_001)]), 120],
    ["in another order", new Uint8Array([...old.subarray(600_007), ...old.subarray(0, 600_007)]), 120],
    ["but for every thousandth", old.map((byte, i) => (i % 1000 === 999 ? byte ^ 1 : byte)), 8000],
  ];
  test.each(cases)("%s", async (_, made, most) => {
    const patch = makePatch(old, made);
    expect(patch.length).toBeLessThan(most);
    expect(await applied(old, patch)).toEqual(made);
  });
});

describe("what is refused", () => {
  const old = randomBytes(5000);
  const made = new Uint8Array([...randomBytes(40, 2), ...old.subarray(1000), ...old.subarray(0, 900)]);
  const patch = makePatch(old, made);

  test("a patch for another file", async () => {
    await expect(applied(old.with(9, old[9]! ^ 1), patch)).rejects.toMatchObject({ code: "bad-checksum" });
    await expect(applied(old.subarray(1), patch)).rejects.toMatchObject({ code: "bad-checksum" });
  });

  test("every byte of a patch altered, and every length it could be cut to", async () => {
    for (let i = 0; i < patch.length; i++) {
      await expect(applied(old, patch.with(i, patch[i]! ^ 0x55))).rejects.toMatchObject({ name: "FormatError" });
      await expect(applied(old, patch.subarray(0, i))).rejects.toMatchObject({ name: "FormatError" });
    }
  });

  test("mutated patches with a right checksum: an error, or the bytes that they say", async () => {
    const position = fc.nat({ max: patch.length - 10 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(position, fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const hostile = patch.slice();
          for (const [at, byte] of changes) hostile[9 + at] = byte;
          const result = await applied(old, sealed(hostile)).catch((error) => error);
          if (result instanceof Error) expect(result.name).toBe("FormatError");
          else expect(result).toEqual(made);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a claim of more bytes than there could be is refused before memory is taken", () => {
    const grown = patch.slice();
    const at = 9 + 2 + 32; // behind the old file's length, of two bytes, and its hash
    grown.set([0xff, 0x7f], at); // 16,383 bytes are fine, and steps do not make them
    expect(() => decodePatch(sealed(grown))).toThrow(/less than the new file/);
    const larger = new Uint8Array([...patch.subarray(0, at), 0xff, 0xff, 0xff, 0x7f, ...patch.subarray(at + 2)]);
    expect(() => decodePatch(sealed(larger))).toThrow(/justify/);
  });

  test("what is no patch", () => {
    for (const bytes of [new Uint8Array(), Uint8Array.of(0x89, 0x44, 0x43, 0x5a), patch.with(4, 2)])
      expect(() => decodePatch(bytes)).toThrow(expect.objectContaining({ name: "FormatError" }));
    expect(() => makePatch("x" as never, old)).toThrow(TypeError);
  });
});
