import { bytesSource, FormatError } from "@deep-compression/bits";
import { openContainer, type Section, writeContainer } from "@deep-compression/container";
import { floatTensor, type Network } from "@deep-compression/network";
import { encodeGraph } from "@deep-compression/network/graph-encoding";
import { compress } from "@deep-compression/pipeline";
import { mutatedDczFiles } from "@deep-compression/pipeline/arbitraries";
import { encodeSection, sectionKind, unwrapSection } from "@deep-compression/tensor-codec";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeTensor, tensorEntries } from "../src/tensor-entry";
import { decompressed, openingReaders } from "./opened";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** The network, or the FormatError; any other error fails the test. All readers must agree, to the very message. */
async function read(bytes: Uint8Array): Promise<Network | FormatError> {
  const outcome = (reading: Promise<unknown>) =>
    reading.catch((error: unknown) => {
      if (error instanceof FormatError) return error;
      throw error;
    });
  const expected = (await outcome(decompressed(bytes))) as Network | FormatError;
  const refused = expected instanceof FormatError ? expected : undefined;
  for (const [name, reader] of Object.entries(openingReaders)) {
    const found = await outcome(reader(bytesSource(bytes)));
    const error = found instanceof FormatError ? found : undefined;
    // Entries of a weight are checked when it is used, by a function that knows nothing of the file.
    if (name === "weights") expect([refused, refused?.cause], name).toContainEqual(error);
    else expect(error, name).toEqual(refused);
  }
  return expected;
}

function smallNetwork(): Network {
  const values = Array.from({ length: 60 }, (_, i) => (i % 7 === 3 ? 0.5 : i % 11 === 5 ? -0.75 : 0));
  const node = { op: "Gemm", inputs: ["x", "w", "b"], outputs: ["y"], attributes: { transB: 1 } };
  const value = (name: string, size: number) => ({ name, type: "float32" as const, shape: ["N", size] });
  return {
    graph: { opset: 13, inputs: [value("x", 10)], outputs: [value("y", 6)], nodes: [node] },
    tensors: [
      floatTensor("w", [6, 10], Float32Array.from(values)),
      floatTensor("b", [6], Float32Array.of(1, 2, 3, 4, 5, 1 / 3)),
      { name: "n", type: "int8", shape: [2], bytes: Uint8Array.of(1, 255) },
    ],
    metadata: { made: "by a test" },
  };
}

const small = compress(smallNetwork(), { default: {} }).bytes;

test("a file cut at any byte ends in FormatError truncated", async () => {
  for (let length = 0; length < small.length; length++) {
    expect(await read(small.slice(0, length)), `${length} bytes`).toMatchObject({ code: "truncated" });
  }
});

test("any one bit flipped ends in FormatError", async () => {
  for (let bit = 0; bit < 8 * small.length; bit++) {
    const flipped = small.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    expect(await read(flipped), `bit ${bit}`).toBeInstanceOf(FormatError);
  }
});

test("bytes changed under valid checksums end in FormatError, or are the one encoding of what they decode to", async () => {
  let decoded = 0;
  await fc.assert(
    fc.asyncProperty(mutatedDczFiles(), async ({ mutated }) => {
      const network = await read(mutated);
      if (network instanceof FormatError) return;
      decoded++;
      expect(await encodedAgain(mutated)).toEqual(mutated);
    }),
    { numRuns },
  );
  expect(decoded).toBeGreaterThan(0);
});

/** The file written anew from what its sections decode to. */
async function encodedAgain(file: Uint8Array): Promise<Uint8Array> {
  const { tensors, metadata, readModel } = await openContainer(bytesSource(file));
  const envelope = await readModel();
  const { graph } = await decompressed(file);
  const names = tensors.map(({ name }) => name);
  const entries = tensorEntries({ tensors }, {});
  return writeContainer({
    metadata,
    ...(envelope?.kind === "envelope" && { model: envelope }),
    ...(graph && { model: { kind: "graph", bytes: encodeGraph(graph, { tensorNames: names }) } }),
    tensors: tensors.map((info, i) => {
      const [{ kind, offset, length }] = info.sections;
      const stored = decodeTensor(entries[i], file.subarray(offset, offset + length));
      // A deflate stream is one of many for its bytes.
      const own = { ...info, sections: [{ kind, bytes: file.subarray(offset, offset + length) }] };
      if (stored.form === "raw")
        return stored.rawForm === "raw" && !sectionKind(kind)?.isNarrowed
          ? { ...own, sections: [{ kind, bytes: stored.bytes }] }
          : own;
      const isWrapped = sectionKind(kind)?.isWrapped;
      const plain = isWrapped ? unwrapSection(own.sections[0].bytes, info.shape) : own.sections[0].bytes;
      // The flags, behind the scales, say how centroids are stored, which the weight does not.
      const flags = plain[stored.section.sizes.scales ?? 0];
      const precision = (flags & 1) === 1 ? "float16" : "float32";
      const { bytes } = encodeSection(stored.section.stored, { shape: info.shape, precision });
      if (isWrapped) expect(bytes).toEqual(plain);
      return isWrapped ? own : { ...info, sections: [{ kind, bytes }] };
    }),
  });
}

/** A file of one float32 tensor with one section. */
function fileOf(shape: number[], section: Section, type = 1): Uint8Array {
  return writeContainer({ tensors: [{ name: "w", type, shape, sections: [section] }] });
}

async function codeOf(...file: Parameters<typeof fileOf>): Promise<string | undefined> {
  const result = await read(fileOf(...file));
  if (!(result instanceof FormatError)) return undefined;
  expect(result.tensor).toBe("w");
  return result.code;
}

const bytes = (...values: number[]) => Uint8Array.from(values);

test("each way to break a tensor has its code", async () => {
  const half = [0x00, 0x3c]; // 1 as float16
  expect(await codeOf([2], { kind: 1, bytes: bytes(1, 2, 3, 4) })).toBe("truncated");
  expect(await codeOf([], { kind: 1, bytes: bytes(1, 2, 3, 4, 5) })).toBe("trailing-data");
  expect(await codeOf([1], { kind: 10, bytes: bytes(0) })).toBe("out-of-range");
  expect(await codeOf([4], { kind: 1, bytes: bytes(1, 2, 3, 4) }, 8)).toBe("out-of-range"); // strings
  expect(await codeOf([4], { kind: 2, bytes: bytes(1, 4, ...half) }, 14)).toBe("out-of-range"); // coded complex64
  expect(await codeOf([4], { kind: 2, bytes: bytes(1, 4, 0, 0x38) }, 3)).toBe("out-of-range"); // an int8 of 0.5
  expect(await codeOf([0], { kind: 3, bytes: bytes(0, 0, 0, 0) })).toBe("out-of-range");
  expect(await codeOf([4], { kind: 2, bytes: bytes(2, 4, ...half) })).toBe("out-of-range"); // a flag of other forms
  expect(await codeOf([4], { kind: 2, bytes: bytes() })).toBe("truncated");
  expect(await codeOf([4], { kind: 2, bytes: bytes(1, 0) })).toBe("not-canonical"); // codes of no centroid
  expect(await codeOf([4], { kind: 2, bytes: bytes(1, 8, ...half, ...half) })).toBe("not-canonical"); // not ascending
  expect(await codeOf([4], { kind: 2, bytes: bytes(1, 4, 0x00, 0x7c) })).toBe("out-of-range"); // infinity
  expect(await codeOf([4], { kind: 2, bytes: bytes(1, 0xfc, 0xff, 15, ...half) })).toBe("truncated");
  expect(await codeOf([4], { kind: 2, bytes: bytes(1, 4, ...half) })).toBeUndefined();
  expect(await codeOf([4], { kind: 2, bytes: bytes(1, 4, ...half, 0) })).toBe("trailing-data");
});

test("each way to break gaps has its code", async () => {
  const gaps = (...rest: number[]) => codeOf([8], { kind: 3, bytes: bytes(...rest) });
  // Flags: float16 and 2-bit gaps. One entry: centroid 1, code 1 of {0, 1}, gap 3.
  expect(await gaps(0x11, 1, 4, 0x00, 0x3c, 1, 0b1000, 0b10000)).toBeUndefined();
  expect(await gaps(0x11, 9, 4, 0x00, 0x3c, 1, 0b1000, 0b10000)).toBe("limit-exceeded"); // more entries than elements
  expect(await gaps(0x11, 1, 4, 0x00, 0x00, 1, 0b1000, 0b10000)).toBe("not-canonical"); // 0 in the codebook
  expect(await gaps(0x11, 1, 4, 0x00, 0x80, 1, 0b1000, 0b10000)).toBe("not-canonical"); // -0
  expect(await gaps(0x11, 1, 4, 0x00, 0x3c, 1, 0b0000, 0b11000)).toBe("not-canonical"); // nothing but a filler
  expect(await gaps(0x11, 2, 4, 0x00, 0x3c, 1, 0b101, 0b110001)).toBe("not-canonical"); // a filler at the end
  expect(await gaps(0x11, 3, 4, 0x00, 0x3c, 1, 0b1000, 0b11000)).toBe("out-of-range"); // 3 gaps of 4 leave 8 elements
  expect(await gaps(0x11, 1, 4, 0x00, 0x3c, 9, 0b1000, 0b10000)).toBe("truncated");
  expect(await gaps(0x91, 1, 4, 0x00, 0x3c, 1, 0b1000, 0b10000)).toBe("out-of-range"); // reserved flag
  expect(await gaps(0x19, 1, 4, 0x00, 0x3c, 0xfe, 0x01, 1, 0b1000, 0b10000)).toBe("not-canonical"); // a map of nothing
});

test("a graph that is no graph, or makes no sense, is refused", async () => {
  const tensors = [{ name: "w", type: 1, shape: [], sections: [{ kind: 1, bytes: bytes(0, 0, 0, 0) }] }];
  expect(await read(writeContainer({ model: { kind: "graph", bytes: bytes(0xff, 0xff) }, tensors }))).toBeInstanceOf(
    FormatError,
  );
  const { graph } = smallNetwork();
  if (graph === undefined) throw new Error("unreachable");
  const outputs = [{ name: "z", type: "float32" as const, shape: [] }];
  const nodes = [{ ...graph.nodes[0], inputs: ["x", "w"] }];
  const orphan = encodeGraph({ ...graph, nodes, outputs }, { tensorNames: ["w"] });
  expect(await read(writeContainer({ model: { kind: "graph", bytes: orphan }, tensors }))).toMatchObject({
    code: "out-of-range",
    section: "graph",
  });
});
