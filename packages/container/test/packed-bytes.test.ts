import { type ByteWriter, byteReader, bytesSource, byteWriter } from "@deep-compression/bits";
import { deflate } from "@deep-compression/bits/deflate";
import {
  inspectContainer,
  MAX_BYTES_PER_MIXED_BYTE,
  openContainer,
  PRESET_DICTIONARY,
  readContainer,
  readContainerStream,
  writeContainer,
  writeContainerParts,
} from "@deep-compression/container";
import { byteCoding, MAX_MIXED_BYTES } from "@deep-compression/context-coding";
import { seededRandom } from "@deep-compression/runtime";
import { expect, test } from "vitest";
import { codeOf } from "../../bits/test/code-of";
import { decodeDirectory } from "../src/directory";

const random = seededRandom(8);

/** Text as graphs have it: names that repeat themselves, and numbers. */
function text(length: number): Uint8Array {
  let made = "";
  while (made.length < length)
    made += `model/layer_${Math.floor(99 * random())}/Conv2D:${Math.floor(1e12 * random())};`;
  return new TextEncoder().encode(made.slice(0, length));
}

/** A long text over and over. */
function repeated(length: number): Uint8Array {
  const once = text(30_000);
  return Uint8Array.from({ length }, (_, i) => once[i % once.length]!);
}

function graph(bytes: Uint8Array) {
  return { kind: "graph" as const, bytes };
}

test.each([
  { bytes: text(2000), packing: "mixed" },
  { bytes: text(60_000), packing: "mixed" },
  { bytes: text(300_000), packing: "deflated" }, // reading them mixed would take long
  { bytes: repeated(MAX_MIXED_BYTES), packing: "mixed" },
  { bytes: repeated(MAX_MIXED_BYTES + 1), packing: "deflated" },
  { bytes: new Uint8Array(100_000), packing: "deflated" }, // few mixed bytes must not stand for so many
  { bytes: Uint8Array.from({ length: 40 }, () => 256 * random()), packing: "none" },
])("a graph of $bytes.length bytes is $packing, and comes back", async ({ bytes, packing }) => {
  const file = writeContainer({ tensors: [], model: graph(bytes) });
  expect(inspectContainer(file).model).toMatchObject({ packing, plainLength: bytes.length });
  expect(readContainer(file).model).toEqual(graph(bytes));
  expect(await (await openContainer(bytesSource(file))).readModel()).toEqual(graph(bytes));
  const parts = [];
  for await (const part of readContainerStream(pieces(file, 1000))) parts.push(part);
  expect(parts[1]).toEqual({ part: "model", model: graph(bytes) });
});

async function* pieces(bytes: Uint8Array, size: number) {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

test("mixed text takes three quarters of what deflate makes of it, or less", () => {
  const bytes = text(100_000);
  const mixed = inspectContainer(writeContainer({ tensors: [], model: graph(bytes) })).model?.length;
  expect(mixed).toBeLessThan(0.75 * deflate(bytes, { dictionary: PRESET_DICTIONARY }).length);
});

test("small directories are mixed, larger ones are deflated", () => {
  const packingOf = (count: number) => {
    const tensors = Array.from({ length: count }, (_, i) => {
      return { name: `layer${i}.weight`, type: 1, shape: [1], sections: [{ kind: 1, bytes: new Uint8Array(4) }] };
    });
    const file = writeContainer({ tensors });
    expect(readContainer(file).tensors.map(({ name }) => name)).toEqual(tensors.map(({ name }) => name));
    const packing = byteReader(file.subarray(13)).varint();
    return packing === 0 ? "none" : packing % 2 === 1 ? "mixed" : "deflated";
  };
  expect(packingOf(0)).toBe("none");
  expect(packingOf(5)).toBe("deflated");
  expect(packingOf(100)).toBe("mixed");
  expect(packingOf(3000)).toBe("deflated");
});

test("a mixed directory is held to what its bytes can be, and its faults have no place in the file", () => {
  const read = (write: (out: ByteWriter) => void) => {
    const out = byteWriter();
    write(out);
    return codeOf(() => decodeDirectory(out.finish(), { baseOffset: 13 }));
  };
  const mixed = (plainLength: number, stored: Uint8Array) =>
    read((out) => {
      out.varint(2 * plainLength + 1);
      out.bytes(stored);
    });
  const fields = Uint8Array.of(0, 0, 0);
  const stream = byteCoding({ length: 3 }).encode(fields);
  expect(mixed(3, stream)).toBe("decoded");
  expect(mixed(MAX_MIXED_BYTES + 1, new Uint8Array(MAX_MIXED_BYTES).fill(1))).toBe("limit-exceeded");
  expect(mixed(MAX_BYTES_PER_MIXED_BYTE + 1, Uint8Array.of(1))).toBe("limit-exceeded");
  expect(mixed(MAX_BYTES_PER_MIXED_BYTE, Uint8Array.of(1))).not.toBe("limit-exceeded");
  expect(mixed(3, new Uint8Array(0))).toBe("limit-exceeded");
  expect(mixed(3, Uint8Array.of(...stream, 0))).toBe("not-canonical");
  expect(mixed(3, Uint8Array.of(...stream, ...new Uint8Array(9).fill(1)))).toBe("trailing-data");
});

test("a model is packed as itself, whatever was packed before it", () => {
  const [one, other] = [text(3000), text(3000)];
  const lengthOf = (bytes: Uint8Array, name = "w") => {
    const tensors = [{ name, type: 1, shape: [1], sections: [{ kind: 1, bytes: new Uint8Array(4) }] }];
    const envelope = { format: 1, files: [{ name: "", byteLength: 3004 }], holes: [HOLE], skeleton: bytes };
    const file = writeContainer({ tensors, model: { kind: "envelope", envelope } });
    for (const part of writeContainerParts({ tensors, model: { kind: "envelope", envelope } })) part.fill(0);
    expect(readContainer(file).model).toEqual({ kind: "envelope", envelope });
    return file.length;
  };
  const lengths = [lengthOf(one), lengthOf(one), lengthOf(other), lengthOf(one, "another name"), lengthOf(one)];
  expect(lengths[1]).toBe(lengths[0]);
  expect(lengths[4]).toBe(lengths[0]);
  const changed = one.slice();
  changed[2999]! ^= 1;
  lengthOf(changed);
});

const HOLE = { start: 0, length: 4, encoding: "bytes" } as const;
