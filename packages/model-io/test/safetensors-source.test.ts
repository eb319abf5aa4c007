import { type ByteSource, bytesSource, FormatError } from "@deep-compression/bits";
import { openSafetensors, readSafetensors, writeSafetensors, writeSafetensorsParts } from "@deep-compression/model-io";
import { floatTensor, type Network, type NetworkSource } from "@deep-compression/network";
import fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryTensors, architectureNetwork, fingerprint } from "./networks";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

async function whole({ tensors, ...rest }: NetworkSource): Promise<Network> {
  const read = tensors.map(async ({ read, ...head }) => ({ ...head, bytes: await read() }));
  return { graph: undefined, ...rest, tensors: await Promise.all(read) };
}

function deferred({ tensors, ...rest }: Network): NetworkSource {
  return { ...rest, tensors: tensors.map(({ bytes, ...head }) => ({ ...head, read: async () => bytes })) };
}

async function joined(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const list: Uint8Array[] = [];
  for await (const part of parts) list.push(part);
  return new Uint8Array(Buffer.concat(list));
}

/** What reading the whole file ends in, a FormatError as its code and offset. */
async function outcome(read: () => Network | Promise<Network>): Promise<unknown> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof FormatError) return { code: error.code, offset: error.offset };
    throw error;
  }
}

function isUnsupported(result: unknown): boolean {
  return typeof result === "object" && result !== null && "code" in result && result.code === "unsupported";
}

test("opening reads the header only, and a tensor its own bytes only", async () => {
  const tensors = [floatTensor("a", [2], Float32Array.of(1, 2)), floatTensor("b", [1], Float32Array.of(3))];
  const bytes = writeSafetensors({ graph: undefined, tensors });
  const asked: [number, number][] = [];
  const source: ByteSource = {
    byteLength: bytes.length,
    slice: async (start, end = bytes.length) => {
      asked.push([start, end]);
      return bytes.subarray(start, end);
    },
  };
  const { network: file } = await openSafetensors(source);
  expect(asked).toEqual([
    [0, 8],
    [8, bytes.length - 12],
  ]);
  asked.length = 0;
  expect(await file.tensors[1].read()).toEqual(tensors[1].bytes);
  expect(asked).toEqual([[bytes.length - 4, bytes.length]]);
});

test("what is read on demand is what is read whole, and the parts written are the file written whole", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryTensors, async (tensors) => {
      const network: Network = { graph: undefined, tensors, metadata: { a: "b" } };
      const bytes = writeSafetensors(network);
      expect(await whole((await openSafetensors(bytesSource(bytes))).network)).toEqual(readSafetensors(bytes));
      expect(await joined(writeSafetensorsParts(deferred(network)))).toEqual(bytes);
    }),
    { numRuns },
  );
});

test("a graph goes through both", async () => {
  const network = architectureNetwork("lenet-300-100");
  const bytes = await joined(writeSafetensorsParts(deferred(network)));
  expect(fingerprint(await whole((await openSafetensors(bytesSource(bytes))).network))).toEqual(fingerprint(network));
});

test("a file cut at any byte or with any bit flipped ends as when it is read whole, but for types not known", async () => {
  const tensors = [floatTensor("a", [2], Float32Array.of(1, 2)), floatTensor("b", [0], new Float32Array(0))];
  const bytes = writeSafetensors({ graph: undefined, tensors, metadata: { a: "b" } });
  let unknown = 0;
  const check = async (changed: Uint8Array) => {
    const expected = await outcome(() => readSafetensors(changed));
    const opened = () => openSafetensors(bytesSource(changed));
    if (isUnsupported(expected)) {
      unknown++;
      const { network, notes, holes } = await opened();
      expect(network.tensors.length).toBe(1);
      expect(holes.length).toBe(1);
      expect(notes?.[0]).toMatch(/^kept unread: 1 tensor of types not known here \(".*"\)$/);
    } else expect(await outcome(async () => whole((await opened()).network))).toEqual(expected);
  };
  for (let length = 0; length < bytes.length; length++) await check(bytes.subarray(0, length));
  for (let bit = 0; bit < 8 * bytes.length; bit++)
    await check(bytes.with(bit >> 3, bytes[bit >> 3] ^ (1 << (bit & 7))));
  expect(unknown).toBeGreaterThan(0);
});

test("a tensor behind 4 GiB is read from a file of 5 GiB", async () => {
  const large = { name: "large", type: "uint8", shape: [5 * 2 ** 30], read: () => new Uint8Array(0) } as const;
  const last = { name: "last", type: "uint8", shape: [3], read: () => Uint8Array.of(1, 2, 3) } as const;
  const { value: head } = await writeSafetensorsParts({ tensors: [large, last] }).next();
  const header = head ?? new Uint8Array(0);
  const lastStart = header.length + large.shape[0];
  const { network: file } = await openSafetensors({
    byteLength: lastStart + 3,
    slice: (start, end = lastStart + 3) =>
      end <= header.length ? header.subarray(start, end) : last.read().subarray(start - lastStart, end - lastStart),
  });
  expect(file.tensors.map(({ name }) => name)).toEqual(["large", "last"]);
  expect(await file.tensors[1].read()).toEqual(Uint8Array.of(1, 2, 3));
});

test("elements that do not fill their shape and names that stand twice are refused on writing", async () => {
  const tensor = { name: "w", type: "uint8", shape: [2], read: () => new Uint8Array(1) } as const;
  await expect(joined(writeSafetensorsParts({ tensors: [tensor] }))).rejects.toThrow(
    /tensor "w": uint8 \[2\] expected 2 bytes, got 1/,
  );
  await expect(joined(writeSafetensorsParts({ tensors: [tensor, tensor] }))).rejects.toThrow(
    'two tensors are named "w"',
  );
});
