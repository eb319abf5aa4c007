import { FormatError } from "@deep-compression/bits";
import { type ByteSource, bytesSource, inspectContainer } from "@deep-compression/container";
import type { Network } from "@deep-compression/network";
import { compressFrom, decompress, openNetwork } from "@deep-compression/pipeline";
import { dczFiles, mutatedDczFiles } from "@deep-compression/pipeline/arbitraries";
import fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 50 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

async function whole(source: ByteSource): Promise<Network> {
  const { byteLength: _, tensors, graph, ...rest } = await openNetwork(source);
  const read = tensors.map(async ({ read, ...head }) => ({ ...head, bytes: await read() }));
  return { graph, ...rest, tensors: await Promise.all(read) };
}

/** What reading ends in, a FormatError as its code. */
function outcome(read: Promise<Network>): Promise<Network | string> {
  return read.catch((error: unknown) => {
    if (error instanceof FormatError) return error.code;
    throw error;
  });
}

test("what is opened and read tensor by tensor is what is decompressed at once, for mutated files too", async () => {
  const files = fc.oneof(
    dczFiles(),
    mutatedDczFiles().map(({ mutated }) => mutated),
  );
  await fc.assert(
    fc.asyncProperty(files, async (bytes) => {
      expect(await outcome(whole(bytesSource(bytes)))).toEqual(await outcome(decompress(bytesSource(bytes))));
    }),
    { numRuns },
  );
});

test("opening reads no tensor's bytes, and what is opened can be compressed anew", async () => {
  const [bytes] = fc.sample(
    dczFiles().filter((file) => inspectContainer(file).tensors.length > 1),
    { numRuns: 1, seed: 1 },
  );
  let end = 0;
  const source: ByteSource = {
    byteLength: bytes.length,
    slice(start, to = bytes.length) {
      end = Math.max(end, to);
      return bytes.subarray(start, to);
    },
  };
  const network = await openNetwork(source);
  expect(network.byteLength).toBe(bytes.length);
  expect(end).toBe(inspectContainer(bytes).tensors[0].sections[0].offset);
  const again = await compressFrom(network, { default: {} });
  expect(await decompress(bytesSource(again.bytes))).toEqual(await decompress(source));
});
