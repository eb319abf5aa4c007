import { FormatError } from "@deep-compression/bits";
import {
  BLOCK_BYTES,
  bytesSource,
  type ContainerContent,
  inspectContainer,
  openContainer,
  readContainerStream,
  type StreamedPart,
  type TensorRecord,
  writeContainer,
} from "@deep-compression/container";
import { containerFiles, mutatedBytes } from "@deep-compression/container/arbitraries";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeDirectory } from "../src/directory";
import { encodeHeader } from "../src/header";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Bytes in pieces that end at `ends`, empty ones where two ends are equal. */
async function* inPieces(bytes: Uint8Array, ends: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const end of [...ends.map((at) => Math.min(at, bytes.length)).sort((a, b) => a - b), bytes.length]) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 20 });

async function partsOf(pieces: AsyncIterable<Uint8Array>): Promise<StreamedPart[]> {
  const parts: StreamedPart[] = [];
  for await (const part of readContainerStream(pieces)) parts.push(part);
  return parts;
}

/** The content that the parts make up. */
function contentOf(parts: readonly StreamedPart[]): ContainerContent {
  const tensors: TensorRecord[] = [];
  let content: ContainerContent = { tensors };
  for (const part of parts) {
    if (part.part === "directory") content = { ...content, metadata: part.info.metadata };
    else if (part.part === "model") content = { ...content, model: part.model };
    else tensors.push(part.tensor);
  }
  return content;
}

async function codeOf(pieces: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  try {
    await partsOf(pieces);
    return undefined;
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
}

const small = writeContainer({
  metadata: { a: "1" },
  model: { kind: "graph", bytes: Uint8Array.of(7, 8, 9) },
  tensors: [
    { name: "none", type: 1, shape: [0], sections: [{ kind: 1, bytes: new Uint8Array(0) }] },
    {
      name: "two",
      type: 1,
      shape: [2],
      sections: [
        { kind: 2, bytes: Uint8Array.of(1, 2) },
        { kind: 3, bytes: Uint8Array.of(3) },
      ],
    },
  ],
});

test("the directory comes first, then the model, then each tensor", async () => {
  const parts = await partsOf(inPieces(small, []));
  expect(parts.map(({ part }) => part)).toEqual(["directory", "model", "tensor", "tensor"]);
  expect(parts[0]).toEqual({ part: "directory", info: inspectContainer(small) });
});

test("a file in pieces of any size gives what random access gives", async () => {
  await fc.assert(
    fc.asyncProperty(containerFiles(), cuts, async (bytes, ends) => {
      const content = contentOf(await partsOf(inPieces(bytes, ends)));
      expect(writeContainer(content)).toEqual(bytes);
      const file = await openContainer(bytesSource(bytes));
      expect(content.tensors).toEqual(await Promise.all(file.tensors.map(({ name }) => file.read(name))));
    }),
    { numRuns },
  );
});

test("each part comes as soon as its bytes are there", async () => {
  const { tensors, model } = inspectContainer(small);
  const directoryEnd = model?.offset ?? 0;
  const modelEnd = tensors[1].sections[0].offset;
  let given = 0;
  async function* byteByByte(): AsyncGenerator<Uint8Array> {
    for (; given < small.length; given++) yield small.subarray(given, given + 1);
  }
  const at: number[] = [];
  for await (const _ of readContainerStream(byteByByte())) at.push(given + 1); // the generator stands at its last yield
  expect(at).toEqual([directoryEnd, modelEnd, modelEnd, small.length]);
});

test("a stream that ends at any byte is truncated, one that goes on is trailing-data, in pieces of any size", async () => {
  for (let length = 0; length < small.length; length++) {
    expect(await codeOf(inPieces(small.subarray(0, length), [length - 1, 20, 20])), `${length}`).toBe("truncated");
  }
  const longer = Uint8Array.from([...small, 0]);
  expect(await codeOf(inPieces(longer, []))).toBe("trailing-data");
  expect(await codeOf(inPieces(longer, [small.length]))).toBe("trailing-data");
  expect(await codeOf(inPieces(small, [small.length, small.length]))).toBeUndefined();
});

test("mutated bytes end in FormatError or are the original", async () => {
  await fc.assert(
    fc.asyncProperty(mutatedBytes(containerFiles()), cuts, async ({ original, mutated }, ends) => {
      if ((await codeOf(inPieces(mutated, ends))) === undefined) expect(mutated).toEqual(original);
    }),
    { numRuns: 3 * numRuns },
  );
});

test("a tensor that repeats another comes from its bytes, which are let go behind the last that needs them", async () => {
  const own = { name: "a", type: 1, shape: [1], sections: [{ kind: 1, bytes: Uint8Array.of(1, 2, 3, 4) }] };
  const other = { ...own, name: "b", sections: [{ kind: 1, bytes: Uint8Array.of(5, 6, 7, 8) }] };
  const tensors = [own, { ...own, name: "c", repeats: 0 }, other, { ...own, name: "d", repeats: 0 }];
  const bytes = writeContainer({ tensors });
  expect(bytes.length).toBeLessThan(8 + writeContainer({ tensors: [own, other] }).length + 8);
  expect(contentOf(await partsOf(inPieces(bytes, [20, 40]))).tensors).toEqual(tensors);
});

test("a section longer than a piece and than a block is put together and checked", async () => {
  const long = new Uint8Array(3 * 2 ** 20 + 7).map((_, i) => i % 251);
  const bytes = writeContainer({
    tensors: [{ name: "w", type: 2, shape: [long.length], sections: [{ kind: 1, bytes: long }] }],
  });
  const ends = Array.from({ length: 60 }, (_, i) => 60_000 * i);
  const { tensors } = contentOf(await partsOf(inPieces(bytes, ends)));
  expect(Buffer.compare(tensors[0].sections[0].bytes, long)).toBe(0); // toEqual takes 10 s here
  bytes[bytes.length - 1] ^= 1;
  expect(await codeOf(inPieces(bytes, ends))).toBe("bad-checksum");
});

test("memory follows what has arrived, not what the directory claims", async () => {
  const length = 2 ** 38; // more than an array can hold
  const checksums = new Array(length / BLOCK_BYTES).fill(0);
  const tensors = [{ name: "w", type: 2, shape: [length], sections: [{ kind: 1, length, checksums }] }];
  const directory = encodeDirectory({ metadata: {}, model: undefined, tensors });
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield encodeHeader(directory);
    yield directory;
    yield Uint8Array.of(1, 2, 3);
  }
  expect(await codeOf(pieces())).toBe("truncated");
});

test("stopping early closes the stream, and so does an error", async () => {
  let closed = 0;
  async function* watched(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    try {
      for (let at = 0; at < bytes.length; at += 5) yield bytes.subarray(at, at + 5);
    } finally {
      closed++;
    }
  }
  for await (const { part } of readContainerStream(watched(small))) if (part === "directory") break;
  expect(closed).toBe(1);
  expect(await codeOf(watched(new Uint8Array(100)))).toBe("bad-magic");
  expect(closed).toBe(2);
});

test("pieces that cannot be iterated are a wrong argument", async () => {
  const wrong: readonly (readonly [unknown, string])[] = [
    [undefined, "undefined"],
    [small, "Uint8Array"],
    ["a.dcz", '"a.dcz"'],
  ];
  for (const [value, kind] of wrong) {
    const message = `pieces: expected an async iterable of Uint8Arrays, got ${kind}`;
    await expect(partsOf(value as AsyncIterable<Uint8Array>)).rejects.toThrow(new TypeError(message));
  }
});

test("a list of pieces, which is no async iterable, is a wrong argument", async () => {
  // @ts-expect-error: a list is iterable at once only
  await expect(partsOf([small])).rejects.toThrow(/^pieces: expected an async iterable of Uint8Arrays, got Array$/);
});

test("a piece that is no Uint8Array is a wrong argument", async () => {
  async function* texts(): AsyncGenerator<Uint8Array> {
    yield JSON.parse('"text"');
  }
  await expect(partsOf(texts())).rejects.toThrow(/a piece of the stream: expected a Uint8Array, got "text"/);
});
