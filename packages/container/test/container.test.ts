import { gzipSync } from "node:zlib";
import { crc32c, FormatError } from "@deep-compression/bits";
import {
  BLOCK_BYTES,
  type ByteSource,
  bytesSource,
  type ContainerContent,
  inspectContainer,
  openContainer,
  writeContainer,
  writeContainerParts,
} from "@deep-compression/container";
import { containerContents, containerFiles, mutatedBytes } from "@deep-compression/container/arbitraries";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeDirectory } from "../src/directory";
import { encodeHeader } from "../src/header";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

const small: ContainerContent = {
  metadata: { b: "2", a: "é" },
  model: { kind: "graph", bytes: Uint8Array.of(7, 8, 9) },
  tensors: [
    { name: "w", type: 1, shape: [2, 3], sections: [{ kind: 1, bytes: Uint8Array.of(1, 2, 3) }] },
    { name: "empty", type: 7, shape: [0], sections: [{ kind: 1, bytes: new Uint8Array(0) }] },
    {
      name: "two",
      type: 1,
      shape: [],
      sections: [
        { kind: 2, bytes: Uint8Array.of(4) },
        { kind: 3, bytes: Uint8Array.of(5, 6) },
      ],
    },
  ],
};

const scalar = { name: "w", type: 1, shape: [1], sections: [{ kind: 1, bytes: new Uint8Array(4) }] };

/** Everything a file says, or the FormatError that reading it ends in. Any other error fails the test. */
async function readAll(source: ByteSource): Promise<ContainerContent | FormatError> {
  try {
    const file = await openContainer(source);
    await file.verify();
    const model = await file.readModel();
    const tensors = await Promise.all(file.tensors.map(({ name }) => file.read(name)));
    return { metadata: file.metadata, ...(model && { model }), tensors };
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}

async function codeOf(bytes: Uint8Array): Promise<string | undefined> {
  const result = await readAll(bytesSource(bytes));
  return result instanceof FormatError ? result.code : undefined;
}

function recordingSource(bytes: Uint8Array) {
  const slices: [number, number][] = [];
  const source: ByteSource = {
    byteLength: bytes.length,
    slice: async (start, end = bytes.length) => {
      slices.push([start, end]);
      return bytes.subarray(start, end);
    },
  };
  return { source, slices };
}

test("the file of no tensors is the header and four zeros", () => {
  const bytes = writeContainer({ tensors: [] });
  expect([...bytes.subarray(0, 9)]).toEqual([0x89, 0x44, 0x43, 0x5a, 1, 4, 0, 0, 0]);
  expect([...bytes.subarray(13)]).toEqual([0, 0, 0, 0]);
});

test("what is written is read back, and the metadata keys are sorted", async () => {
  const content = await readAll(bytesSource(writeContainer(small)));
  expect(content).toEqual(small);
  expect(Object.keys((content as ContainerContent).metadata ?? {})).toEqual(["a", "b"]);
});

test("any content is read back, and writing it again gives the same bytes", async () => {
  await fc.assert(
    fc.asyncProperty(containerContents(), async (content) => {
      const bytes = writeContainer(content);
      const read = await readAll(bytesSource(bytes));
      expect(read).toEqual({ metadata: {}, ...content });
      expect(writeContainer(read as ContainerContent)).toEqual(bytes);
    }),
    { numRuns },
  );
});

test("header, metadata, model, tensor records and sections sum to the file's length", async () => {
  await fc.assert(
    fc.asyncProperty(containerFiles(), async (bytes) => {
      const file = await openContainer(bytesSource(bytes));
      const tensors = file.tensors.map(
        ({ directoryBytes, sections, repeats }) =>
          directoryBytes + (repeats === undefined ? sections.reduce((sum, { length }) => sum + length, 0) : 0),
      );
      const sum = tensors.reduce((a, b) => a + b, file.headerBytes + file.metadataBytes + file.modelBytes);
      expect(sum).toBe(bytes.length);
      expect(inspectContainer(bytes).tensors).toEqual(file.tensors);
    }),
    { numRuns },
  );
});

test("opening reads the header and the directory only, reading a tensor its own bytes only", async () => {
  const bytes = writeContainer(small);
  const { source, slices } = recordingSource(bytes);
  const file = await openContainer(source);
  const end = 13 + new DataView(bytes.buffer).getUint32(5, true);
  expect(slices).toEqual([
    [0, 13],
    [13, end],
  ]);
  slices.length = 0;
  expect(await file.read("two")).toEqual(small.tensors[2]);
  expect(slices).toEqual([[bytes.length - 3, bytes.length]]);
});

test("a section longer than a block has a checksum a block, and verify reads a block at a time", async () => {
  const long = new Uint8Array(2 * BLOCK_BYTES + 1).map((_, i) => i % 251);
  const bytes = writeContainer({
    tensors: [{ name: "w", type: 2, shape: [long.length], sections: [{ kind: 1, bytes: long }] }],
  });
  const { source, slices } = recordingSource(bytes);
  const file = await openContainer(source);
  expect(file.tensors[0].sections[0].checksums.length).toBe(3);
  expect(Buffer.compare((await file.read("w")).sections[0].bytes, long)).toBe(0); // toEqual takes 10 s here
  slices.length = 0;
  await file.verify();
  expect(slices.map(([start, end]) => end - start)).toEqual([BLOCK_BYTES, BLOCK_BYTES, 1]);
  bytes[bytes.length - 2] ^= 1;
  await expect(file.verify()).rejects.toMatchObject({
    code: "bad-checksum",
    tensor: "w",
    offset: bytes.length - 1 - BLOCK_BYTES,
  });
});

test("a file cut at any byte ends in FormatError truncated", async () => {
  const bytes = writeContainer(small);
  for (let length = 0; length < bytes.length; length++) {
    expect(await codeOf(bytes.slice(0, length)), `${length} bytes`).toBe("truncated");
  }
});

test("any one bit flipped ends in FormatError", async () => {
  const bytes = writeContainer(small);
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    expect(await codeOf(flipped), `bit ${bit}`).toBeDefined();
  }
});

test("mutated bytes end in FormatError or are the original", async () => {
  await fc.assert(
    fc.asyncProperty(mutatedBytes(containerFiles()), async ({ original, mutated }) => {
      const read = await readAll(bytesSource(mutated));
      if (!(read instanceof FormatError)) expect(mutated).toEqual(original);
    }),
    { numRuns: 3 * numRuns },
  );
});

test("arbitrary bytes behind the magic end in FormatError", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (tail) => {
      const bytes = Uint8Array.from([0x89, 0x44, 0x43, 0x5a, 1, ...tail]);
      expect(await readAll(bytesSource(bytes))).toBeInstanceOf(FormatError);
    }),
    { numRuns },
  );
});

test("each kind of bad header has its code", async () => {
  const bytes = writeContainer(small);
  expect(await codeOf(new Uint8Array(0))).toBe("truncated");
  expect(await codeOf(Uint8Array.of(0x50, 0x4b))).toBe("bad-magic");
  expect(await codeOf(bytes.map((byte, i) => (i === 4 ? 2 : byte)))).toBe("unsupported-version");
  expect(await codeOf(bytes.map((byte, i) => (i === 8 ? 0xff : byte)))).toBe("limit-exceeded");
  expect(await codeOf(Uint8Array.from([...bytes, 0]))).toBe("trailing-data");
});

test("a source that gives fewer bytes than it says is truncated, one that gives more is a wrong argument", async () => {
  const bytes = writeContainer(small);
  const shorter: ByteSource = { byteLength: bytes.length, slice: (start, end = 0) => bytes.subarray(start, end - 1) };
  await expect(openContainer(shorter)).rejects.toMatchObject({ code: "truncated" });
  const longer: ByteSource = { byteLength: bytes.length, slice: (start) => bytes.subarray(start) };
  await expect(openContainer(longer)).rejects.toThrow(TypeError);
});

test("a directory may claim 2^40 weights: it opens, and nothing is allocated for them", async () => {
  const bytes = writeContainer({ tensors: [{ ...scalar, shape: [2 ** 20, 2 ** 20] }] });
  expect((await openContainer(bytesSource(bytes))).tensors[0].shape).toEqual([2 ** 20, 2 ** 20]);
});

test("a tensor behind 4 GiB is read from a file of 5 GiB", async () => {
  const behind = Uint8Array.of(1, 2, 3, 4);
  const length = 5 * 2 ** 30;
  const sections = [{ kind: 1, length, checksums: new Array(length / BLOCK_BYTES).fill(0) }];
  const directory = encodeDirectory({
    metadata: {},
    model: undefined,
    tensors: [
      { name: "large", type: 2, shape: [length], sections },
      { name: "behind", type: 2, shape: [4], sections: [{ kind: 1, length: 4, checksums: [crc32c(behind)] }] },
    ],
  });
  const head = Uint8Array.from([...encodeHeader(directory), ...directory]);
  const asked: number[] = [];
  const source: ByteSource = {
    byteLength: head.length + length + 4,
    slice(start, end = head.length + length + 4) {
      asked.push(end - start);
      if (end <= head.length) return head.subarray(start, end);
      return behind.subarray(start - head.length - length, end - head.length - length);
    },
  };
  const file = await openContainer(source);
  expect(file.tensors[1].sections[0].offset).toBe(head.length + length);
  expect(await file.read("behind")).toMatchObject({ shape: [4], sections: [{ kind: 1, bytes: behind }] });
  expect(asked).toEqual([13, directory.length, 4]);
  expect(source.byteLength).toBeGreaterThan(2 ** 32);
});

test("the parts of a file are its bytes, and those of the content are not copied", () => {
  const parts = writeContainerParts(small);
  expect(Uint8Array.from(parts.flatMap((part) => [...part]))).toEqual(writeContainer(small));
  for (const { sections } of small.tensors) for (const { bytes } of sections) expect(parts).toContain(bytes);
});

test("what readers would refuse cannot be written", () => {
  const tensor = scalar;
  expect(() => writeContainer({ tensors: [tensor, tensor] })).toThrow(RangeError);
  expect(() => writeContainer({ tensors: [{ ...tensor, type: 0 }] })).toThrow(
    /type: expected an integer in 1..255, got 0/,
  );
  expect(() => writeContainer({ tensors: [{ ...tensor, shape: [2 ** 40, 2 ** 40] }] })).toThrow(RangeError);
  expect(() => writeContainer({ tensors: [{ ...tensor, shape: [-1] }] })).toThrow(RangeError);
  expect(() => writeContainer({ tensors: [{ ...tensor, shape: new Array(33).fill(1) }] })).toThrow(RangeError);
  expect(() => writeContainer({ tensors: [{ ...tensor, name: "w".repeat(2 ** 16) }] })).toThrow(RangeError);
  expect(() => writeContainer({ tensors: [{ ...tensor, name: "\ud800" }] })).toThrow(
    new RangeError('tensor "\\ud800": name: expected well-formed Unicode, got a lone surrogate'),
  );
  expect(() => writeContainer({ tensors: [], metadata: { k: "\udfff" } })).toThrow(
    new RangeError('content.metadata["k"]: expected well-formed Unicode, got a lone surrogate'),
  );
  expect(() => writeContainer({ tensors: [], metadata: JSON.parse('{"k":5}') })).toThrow(
    new TypeError('content.metadata["k"]: expected a string, got 5'),
  );
  expect(() => writeContainer({ tensors: [{ ...tensor, name: "1" }, JSON.parse('{"name":1}')] })).toThrow(
    new TypeError("tensor 1: name: expected a string, got 1"),
  );
  expect(() => writeContainer({ tensors: [], model: { kind: "graph", bytes: new Uint8Array(0) } })).toThrow(RangeError);
  expect(() => writeContainer({ tensors: [{ ...tensor, sections: [] }] })).toThrow(
    new RangeError('tensor "w": sections: expected at least one, got none'),
  );
  for (const repeats of [0, 1, -1, 0.5]) {
    expect(() => writeContainer({ tensors: [{ ...tensor, repeats }] })).toThrow(
      /"w": repeats: expected the number of an/,
    );
  }
  const others = [{ shape: [2] }, { shape: [1, 1] }, { type: 2 }];
  for (const other of others) {
    expect(() => writeContainer({ tensors: [tensor, { ...tensor, ...other, name: "x", repeats: 0 }] })).toThrow(
      /repeats:/,
    );
  }
  const chain = [tensor, { ...tensor, name: "x", repeats: 0 }, { ...tensor, name: "y", repeats: 1 }];
  expect(() => writeContainer({ tensors: chain })).toThrow(/"y": repeats: .*got 1/);
  const large = { ...tensor, shape: [2 ** 24 + 1] };
  const many = [large, { ...large, name: "x", repeats: 0 }, { ...large, name: "y", repeats: 0 }];
  expect(() => writeContainer({ tensors: many })).toThrow(/expected fewer elements of tensors that repeat others/);
  expect(writeContainer({ tensors: many.slice(0, 2) }).length).toBeLessThan(60);
});

test("what is missing from a content is told by name", () => {
  const tensor = { name: "w", type: 1, shape: [1], sections: [] };
  const wrong: readonly (readonly [unknown, string])[] = [
    [undefined, "content: expected an object, got undefined"],
    [{}, "content.tensors: expected an array, got undefined"],
    [{ tensors: [], metadata: ["a"] }, "content.metadata: expected an object, got Array"],
    [{ tensors: [tensor, undefined] }, "content.tensors[1]: expected an object, got undefined"],
    [{ tensors: [{ ...tensor, name: undefined }] }, "tensor undefined: name: expected a string, got undefined"],
    [{ tensors: [{ ...tensor, shape: undefined }] }, 'tensor "w": shape: expected an array, got undefined'],
    [{ tensors: [{ ...tensor, sections: undefined }] }, 'tensor "w": sections: expected an array, got undefined'],
    [{ tensors: [{ ...tensor, sections: [null] }] }, 'tensor "w": section: expected an object, got null'],
    [{ tensors: [], model: "graph" }, 'content.model: expected an object, got "graph"'],
  ];
  for (const [content, message] of wrong) {
    expect(() => writeContainer(content as ContainerContent)).toThrow(new TypeError(message));
  }
});

test("what is no source is a wrong argument, a Blob among it", async () => {
  const wrong: readonly unknown[] = [undefined, "a.dcz", new Blob([Uint8Array.from(writeContainer(small))])];
  for (const value of wrong)
    await expect(openContainer(value as ByteSource)).rejects.toThrow(/^source: expected .*got/);
  expect(() => inspectContainer(JSON.parse('"a.dcz"'))).toThrow(
    new TypeError('bytes: expected a Uint8Array, got "a.dcz"'),
  );
});

test("metadata of megabytes is deflated with the directory", async () => {
  const metadata = { notes: '{"epoch":1,"loss":0.25}'.repeat(2 ** 16) };
  const bytes = writeContainer({ tensors: [], metadata });
  expect(bytes.length).toBeLessThan(20_000);
  expect((await openContainer(bytesSource(bytes))).metadata).toEqual(metadata);
  const own = "v".repeat(2 ** 26);
  expect(() => writeContainer({ tensors: [], metadata: { k: own } })).toThrow(/^bytes of content.metadata: expected/);
  expect(() => writeContainer({ tensors: [], metadata: { k: own.slice(8) } })).toThrow(
    /^bytes of the directory: expected/,
  );
});

test("a graph of a few names takes fewer bytes than gzip leaves", async () => {
  const names = "Conv Relu MaxPool Gemm kernel_shape strides dilations auto_pad SAME_UPPER transB";
  const graph = new TextEncoder().encode(names);
  const bytes = writeContainer({ tensors: [], model: { kind: "graph", bytes: graph } });
  expect(bytes.length).toBeLessThan(gzipSync(graph, { level: 9 }).length);
  expect(await (await openContainer(bytesSource(bytes))).readModel()).toEqual({ kind: "graph", bytes: graph });
});

test("an unknown name is a wrong argument", async () => {
  const file = await openContainer(bytesSource(writeContainer(small)));
  await expect(file.read("nothing")).rejects.toThrow(/name: expected that of a tensor in the file, got "nothing"/);
});
