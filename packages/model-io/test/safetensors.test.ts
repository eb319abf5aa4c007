import { FormatError } from "@deep-compression/bits";
import { readSafetensors, SAFETENSORS_GRAPH_KEY, writeSafetensors } from "@deep-compression/model-io";
import { floatTensor, type Network } from "@deep-compression/network";
import fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryTensors, architectureNetwork, fingerprint } from "./networks";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

function file(header: string | object, data: readonly number[] = []): Uint8Array {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const json = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

function code(bytes: Uint8Array): string {
  try {
    readSafetensors(bytes);
  } catch (error) {
    if (error instanceof FormatError && error.offset !== undefined) return error.code;
    throw error;
  }
  throw new Error("the file was read");
}

const u8 = (begin: number, end: number) => ({ dtype: "U8", shape: [end - begin], data_offsets: [begin, end] });

test("tensors are read in the order of their data, with the metadata", () => {
  const header = { b: u8(1, 3), __metadata__: { format: "pt" }, a: u8(0, 1), 7: u8(3, 3) };
  expect(readSafetensors(file(header, [1, 2, 3]))).toEqual({
    graph: undefined,
    metadata: { format: "pt" },
    tensors: [
      { name: "a", type: "uint8", shape: [1], bytes: Uint8Array.of(1) },
      { name: "b", type: "uint8", shape: [2], bytes: Uint8Array.of(2, 3) },
      { name: "7", type: "uint8", shape: [0], bytes: new Uint8Array(0) },
    ],
  });
});

test("the bytes written are those of the format, data aligned to eight bytes", () => {
  const network: Network = { graph: undefined, tensors: [floatTensor("w", [1], Float32Array.of(1))] };
  const header = '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  ';
  expect(writeSafetensors(network)).toEqual(file(header, [0, 0, 0x80, 0x3f]));
});

test("any tensors and metadata are given back exactly, the names of Object.prototype too", () => {
  const metadata = fc.dictionary(fc.oneof(fc.constant("__proto__"), fc.string()), fc.string(), { minKeys: 1 });
  fc.assert(
    fc.property(arbitraryTensors, fc.option(metadata, { nil: undefined }), (tensors, texts) => {
      const network: Network = { graph: undefined, tensors, ...(texts ? { metadata: texts } : {}) };
      const read = readSafetensors(writeSafetensors(network));
      expect(read).toEqual(network);
      expect(Object.entries(read.metadata ?? {})).toEqual(Object.entries(texts ?? {}));
    }),
    { numRuns },
  );
});

test("a graph goes through the metadata and comes back as the graph", () => {
  const network: Network = { ...architectureNetwork("lenet-5"), metadata: { trained: "yes" } };
  expect(fingerprint(readSafetensors(writeSafetensors(network)))).toEqual(fingerprint(network));
  const text = { [SAFETENSORS_GRAPH_KEY]: "AAAA" };
  expect(code(file({ __metadata__: text }))).toBe("invalid-table");
});

test("what the format cannot hold is refused on writing", () => {
  const tensor = { name: "x", type: "int4", shape: [1], bytes: new Uint8Array(1) } as const;
  expect(() => writeSafetensors({ graph: undefined, tensors: [tensor] })).toThrow(
    /"x": safetensors has no type for int4/,
  );
  const reserved = floatTensor("__metadata__", [1], new Float32Array(1));
  expect(() => writeSafetensors({ graph: undefined, tensors: [reserved] })).toThrow(/keeps this name for itself/);
});

test("holes, overlaps, duplicates and false sizes are refused by cause", () => {
  expect(code(new Uint8Array(7))).toBe("truncated");
  expect(code(new Uint8Array(8).fill(255))).toBe("limit-exceeded");
  expect(code(file({}).subarray(0, 9))).toBe("truncated");
  expect(code(file("[]"))).toBe("bad-magic");
  expect(code(file("{,}"))).toBe("invalid-table");
  expect(code(file("{}", [1]))).toBe("trailing-data");
  expect(code(file({ a: u8(1, 2) }, [1, 2]))).toBe("invalid-table");
  expect(code(file({ a: u8(0, 2), b: u8(1, 3) }, [1, 2, 3]))).toBe("invalid-table");
  expect(code(file({ a: u8(0, 1), b: u8(2, 3) }, [1, 2, 3]))).toBe("invalid-table");
  expect(code(file({ a: u8(0, 4) }, [1, 2, 3]))).toBe("truncated");
  expect(code(file({ a: { ...u8(0, 1), shape: [2] } }, [1]))).toBe("invalid-table");
  expect(code(file({ a: { ...u8(0, 1), shape: [-1, -1] } }, [1]))).toBe("invalid-table");
  expect(code(file({ a: { ...u8(0, 3), dtype: "F6_E2M3", shape: [4] } }, [1, 2, 3]))).toBe("unsupported");
  expect(code(file({ a: { ...u8(0, 1), dtype: "F6_E2M3" } }, [1]))).toBe("invalid-table");
  expect(code(file({ a: { ...u8(0, 1), dtype: "F4", shape: [1] } }, [1]))).toBe("invalid-table");
  const noType = file({ a: { shape: [1], data_offsets: [0, 1] } }, [1]);
  expect(() => readSafetensors(noType)).toThrow('tensor "a": expected dtype as a text, got none');
  expect(code(file({ a: { ...u8(0, 1), data_offsets: [0] } }, [1]))).toBe("invalid-table");
  expect(code(file({ a: 1 }))).toBe("invalid-table");
  expect(code(file({ __metadata__: { a: 1 } }))).toBe("invalid-table");
  const one = JSON.stringify(u8(0, 1));
  expect(code(file(`{"a":${one},"\\u0061" : ${one}}`, [1]))).toBe("duplicate-name");
});

test("a very long name does not exhaust the stack", () => {
  const name = 'a\n"'.repeat(1e6);
  expect(readSafetensors(file({ [name]: u8(0, 0) })).tensors[0].name === name).toBe(true);
});
