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
  const odd = { name: "x", type: "float4e2m1", shape: [3], bytes: new Uint8Array(2) } as const;
  expect(() => writeSafetensors({ graph: undefined, tensors: [odd] })).toThrow(
    'tensor "x": safetensors takes whole bytes only, not an odd number of elements of float4e2m1',
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

test("what the safetensors library takes is taken", () => {
  const one = JSON.stringify({ a: u8(0, 1) });
  const names = (bytes: Uint8Array) => readSafetensors(bytes).tensors.map(({ name }) => name);
  expect(names(file(` \n\t\r${one}`, [1]))).toEqual(["a"]);
  expect(names(file(`${one} \n`, [1]))).toEqual(["a"]);
  expect(readSafetensors(file({ __metadata__: null, a: u8(0, 1) }, [1])).metadata).toBeUndefined();
  expect(readSafetensors(file(`{"__metadata__":{"a":"b","a":"c"}}`)).metadata).toEqual({ a: "c" });
  expect(names(file({}))).toEqual([]);
  expect(names(file({ "": u8(0, 1) }, [1]))).toEqual([""]);
  expect(names(file({ a: { ...u8(0, 1), more: [[[]]] } }, [1]))).toEqual(["a"]);
  expect(names(file({ b: u8(1, 2), z: u8(1, 1), a: u8(0, 1) }, [1, 2]))).toEqual(["a", "z", "b"]);
  const shape = [0, 2 ** 52, 4];
  expect(readSafetensors(file({ a: { ...u8(0, 0), shape } })).tensors[0].shape).toEqual(shape);
  for (const dtype of ["BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"]) {
    expect(names(file({ a: { ...u8(0, 8), dtype } }, Array<number>(8).fill(0)))).toEqual(["a"]);
  }
  for (const [dtype, count] of [
    ["F4", 16],
    ["I16", 4],
    ["U16", 4],
    ["F16", 4],
    ["BF16", 4],
    ["I32", 2],
    ["U32", 2],
    ["F32", 2],
    ["C64", 1],
    ["F64", 1],
    ["I64", 1],
    ["U64", 1],
  ] as const) {
    expect(names(file({ a: { ...u8(0, 8), dtype, shape: [count] } }, Array<number>(8).fill(0)))).toEqual(["a"]);
  }
});

test("what the safetensors library refuses is refused", () => {
  const one = JSON.stringify({ a: u8(0, 1) });
  expect(code(file(`\ufeff${one}`, [1]))).toBe("invalid-table");
  expect(code(file(`${one}\0\0`, [1]))).toBe("invalid-table");
  expect(code(file(""))).toBe("invalid-table");
  expect(code(file("null"))).toBe("bad-magic");
  expect(code(file({ __metadata__: { a: null } }))).toBe("invalid-table");
  expect(code(file({ __metadata__: { a: ["b"] } }))).toBe("invalid-table");
  expect(code(file('{"__metadata__":{"a":"\\ud800"}}'))).toBe("invalid-table");
  expect(code(file('{"__metadata__":null,"__metadata__":null}'))).toBe("duplicate-name");
  expect(code(file({ "\ud800": u8(0, 1) }, [1]))).toBe("invalid-table");
  expect(code(file(one.replace("[1]", "[-0]").replace("[0,1]", "[0,0]")))).toBe("invalid-table");
  expect(code(file({ a: u8(0, 2), z: u8(1, 1) }, [1, 2]))).toBe("invalid-table");
  expect(code(file({ a: { ...u8(0, 1), data_offsets: [1, 0] } }, [1]))).toBe("invalid-table");
  expect(code(file({ a: { ...u8(0, 1), dtype: "toString" } }, [1]))).toBe("unsupported");
  expect(code(file({ n: null }))).toBe("invalid-table");
});

test("a very long name does not exhaust the stack", () => {
  const name = 'a\n"'.repeat(1e6);
  expect(readSafetensors(file({ [name]: u8(0, 0) })).tensors[0].name === name).toBe(true);
});
