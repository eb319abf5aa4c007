import { readFileSync } from "node:fs";
import { bytesSource, byteWriter, crc32c, FormatError } from "@deep-compression/bits";
import {
  decodeEnvelope,
  type Envelope,
  encodeEnvelope,
  inspectContainer,
  openContainer,
  PRESET_DICTIONARY,
  writeContainer,
} from "@deep-compression/container";
import { envelopes } from "@deep-compression/container/arbitraries";
import fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

const two: Envelope = {
  format: 3,
  files: [
    { name: "model.json", byteLength: 3 },
    { name: "data/shard1.bin", byteLength: 5 },
  ],
  holes: [
    { start: 1, length: 4, encoding: "bytes" }, // reaches from one file into the other
    { start: 6, length: 1, encoding: "varints" },
  ],
  skeleton: Uint8Array.of(10, 20, 30),
};

const twoBytes = Uint8Array.of(
  3, // TensorFlow.js
  2, // files
  ...[10, ...new TextEncoder().encode("model.json"), 3],
  ...[15, ...new TextEncoder().encode("data/shard1.bin"), 5],
  ...[1, 0, 4], // a gap of 1, bytes, 4 of them
  ...[1, 1, 1], // a gap of 1, varints, 1 byte
  ...[10, 20, 30],
);

/** The envelope's bytes by hand: files, holes as gap, encoding and length, the skeleton's length. */
function handMade(files: readonly (readonly [string, number])[], holes: readonly number[][], skeleton: number) {
  const out = byteWriter();
  out.u8(1);
  out.varint(files.length);
  for (const [name, length] of files) {
    out.text(name);
    out.varint(length);
  }
  for (const [gap, encoding, length] of holes) {
    out.varint(gap);
    out.u8(encoding);
    out.varint(length);
  }
  out.bytes(new Uint8Array(skeleton));
  return { bytes: out.finish(), tensorCount: holes.length };
}

function codeOf({ bytes, tensorCount }: ReturnType<typeof handMade>): string {
  try {
    decodeEnvelope(bytes, { tensorCount });
    return "decoded";
  } catch (error) {
    return error instanceof FormatError ? error.code : String(error);
  }
}

const formatText = readFileSync(new URL("../../../docs/format.md", import.meta.url), "utf8");

/** The bytes of a table's first or second column that are in hexadecimal, in its order. */
function bytesOfTable(text: string): number[] {
  const cells = text.matchAll(/^\|(?: \d+ \|)? `((?:[0-9a-f]{2} ?)+)` \|/gm);
  return Array.from(cells, ([, hex]) => hex.split(" ").map((digits) => Number.parseInt(digits, 16))).flat();
}

test("an envelope of two files, a hole across them, is the example of docs/format.md", () => {
  const [, example = ""] = formatText.split("### The envelope");
  expect(bytesOfTable(example.split("### Checksums")[0])).toEqual([...twoBytes]);
  expect(encodeEnvelope(two)).toEqual(twoBytes);
  expect(decodeEnvelope(twoBytes, { tensorCount: 2 })).toEqual(two);
});

test("a file that is alone and has no name takes no record", () => {
  const envelope: Envelope = {
    format: 1,
    files: [{ name: "", byteLength: 7 }],
    holes: [{ start: 1, length: 4, encoding: "bytes" }],
    skeleton: Uint8Array.of(10, 20, 30),
  };
  const bytes = Uint8Array.of(1, 0, ...[1, 0, 4], ...[10, 20, 30]);
  expect(encodeEnvelope(envelope)).toEqual(bytes);
  expect(decodeEnvelope(bytes, { tensorCount: 1 })).toEqual(envelope);
});

test("the worked example of docs/format.md is the file, byte by byte", () => {
  const file = readFileSync(new URL("../../../test-vectors/container/valid/py-worked-example.dcz", import.meta.url));
  const [, example = ""] = formatText.split("## 8. Worked example");
  expect(bytesOfTable(example.split("## 9. Changes")[0])).toEqual([...file]);
});

test("the preset dictionary is the lines that docs/format.md has", () => {
  const [, lines = ""] = /### Preset dictionary.*?```text\n(.*?)\n```/s.exec(formatText) ?? [];
  const bytes = Array.from(lines.replaceAll("\n", "").matchAll(/\\x(..)|./g), ([one, digits]) =>
    digits === undefined ? one.charCodeAt(0) : Number.parseInt(digits, 16),
  );
  expect([...PRESET_DICTIONARY]).toEqual(bytes);
  expect([bytes.length, crc32c(PRESET_DICTIONARY)]).toEqual([3500, 0x175771f3]);
});

test("what is encoded is decoded", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 6 }).chain((tensorCount) => envelopes({ tensorCount })),
      (envelope) => {
        const bytes = encodeEnvelope(envelope);
        const decoded = decodeEnvelope(bytes, { tensorCount: envelope.holes.length });
        expect(decoded).toEqual(envelope);
        expect(encodeEnvelope(decoded)).toEqual(bytes);
      },
    ),
    { numRuns },
  );
});

test("bytes of any kind are an envelope that encodes to them, or end in FormatError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), fc.nat({ max: 3 }), (bytes, tensorCount) => {
      const code = codeOf({ bytes, tensorCount });
      if (code === "decoded") expect(encodeEnvelope(decodeEnvelope(bytes, { tensorCount }))).toEqual(bytes);
      else expect(code).toMatch(/^(truncated|out-of-range|not-canonical|limit-exceeded|duplicate-name)$/);
    }),
    { numRuns: 10 * numRuns },
  );
});

test("files, holes and skeleton have the same bytes", () => {
  const file = [["a", 10]] as const;
  expect(codeOf(handMade(file, [[2, 0, 4]], 6))).toBe("decoded");
  expect(codeOf(handMade(file, [[2, 0, 4]], 5))).toBe("out-of-range");
  expect(codeOf(handMade(file, [[2, 0, 4]], 7))).toBe("out-of-range");
  expect(codeOf(handMade(file, [[8, 0, 4]], 6))).toBe("out-of-range"); // leaves the file
  expect(codeOf(handMade(file, [[2, 0, 11]], 0))).toBe("out-of-range");
  expect(codeOf(handMade(file, [[2, 2, 4]], 6))).toBe("out-of-range"); // an unknown encoding
  expect(codeOf(handMade(file, [[2, 0, 2 ** 52]], 6))).toBe("out-of-range");
  const longest = 2 ** 53 - 1;
  expect(codeOf(handMade(file, [[longest, 0, longest]], 6))).toBe("out-of-range");
  expect(
    codeOf(
      handMade(
        [
          ["a", longest],
          ["b", longest],
        ],
        [[0, 0, longest]],
        6,
      ),
    ),
  ).toBe("out-of-range");
  // Without a record of a file there is one, of whatever bytes there are.
  expect(codeOf(handMade([], [], 0))).toBe("decoded");
  expect(codeOf(handMade([], [[2, 0, 4]], 6))).toBe("decoded");
  expect(codeOf(handMade([], [[8, 0, 4]], 6))).toBe("out-of-range");
  expect(codeOf(handMade([], [[0, 0, longest]], 1))).toBe("out-of-range");
  expect(codeOf({ ...handMade(file, [[2, 0, 4]], 0), tensorCount: 5 })).toBe("truncated");
  expect(codeOf({ bytes: Uint8Array.of(1, 0xff, 0xff, 0x7f, 1, 2), tensorCount: 0 })).toBe("truncated");
});

test("names of files lie in the model's folder, each in one place", () => {
  const named = (...names: string[]) =>
    codeOf(
      handMade(
        names.map((name) => [name, 0] as const),
        [],
        0,
      ),
    );
  for (const name of ["model.onnx", "a/b/c.bin", "...", "a..b", "é", "ab:y"]) expect(named(name), name).toBe("decoded");
  const refused = ["", "/a", "a/", "a//b", ".", "..", "./a", "a/../b", "../a", "a\\b", "a\0b", "C:a", "c:/a"];
  for (const name of refused) expect(named(name), name).toBe("out-of-range");
  expect(named("a", "b", "a")).toBe("duplicate-name");
  expect(named("a/b", "a-c", "a")).toBe("out-of-range"); // a file and a folder
  expect(named("x".repeat(4096))).toBe("decoded");
  expect(named("x".repeat(4097))).toBe("limit-exceeded");
});

test("a file holds an envelope, packed after the names of its tensors", async () => {
  const names = Array.from({ length: 40 }, (_, i) => `features.${i}.conv.weight`);
  const tensors = names.map((name, i) => {
    return { name, type: 1, shape: [1], sections: [{ kind: 1, bytes: Uint8Array.of(i, i, 0, 63) }] };
  });
  const skeleton = new TextEncoder().encode(names.toReversed().join(" "));
  const holes = names.map((_, i) => ({ start: 5 * i, length: 4, encoding: "bytes" as const }));
  const files = [{ name: "m.onnx", byteLength: 160 + skeleton.length }];
  const model = { kind: "envelope" as const, envelope: { format: 1, files, holes, skeleton } };
  const bytes = writeContainer({ model, tensors });
  const file = await openContainer(bytesSource(bytes));
  expect(await file.readModel()).toEqual(model);
  expect(inspectContainer(bytes).model?.length).toBeLessThan(400); // 1,089 bytes of names are nearly nothing
});

test("an envelope that readers would refuse is not written", () => {
  const wrong: readonly (readonly [Partial<Envelope>, RegExp])[] = [
    [{ holes: two.holes.slice(0, 1) }, /content.model.envelope.holes: expected 2 elements, got 1/],
    [{ holes: [...two.holes].reverse() }, /holes\[1\].start: expected at least 7, got 1/],
    [{ skeleton: new Uint8Array(2) }, /envelope: the files have 8 bytes, the holes 5 and the skeleton 2/],
    [{ files: [{ name: "../up", byteLength: 8 }] }, /envelope: "..\/up" is no name of a file/],
    [{ files: [{ name: "", byteLength: 9 }] }, /files\[0\].byteLength: expected that of holes and skeleton, got 9/],
    [{ files: [] }, /files: expected one at least, got none/],
    [{ files: [{ name: "", byteLength: 8 }, two.files[1]!] }, /envelope: "" is no name of a file/],
    [{ format: 256 }, /value: expected an integer in 0..255, got 256/],
  ];
  const tensor = { name: "w", type: 1, shape: [1], sections: [{ kind: 1, bytes: new Uint8Array(4) }] };
  for (const [change, message] of wrong) {
    const model = { kind: "envelope" as const, envelope: { ...two, ...change } };
    expect(() => writeContainer({ model, tensors: [tensor, { ...tensor, name: "x" }] })).toThrow(message);
  }
});
