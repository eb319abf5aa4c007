import { type ByteSource, bytesSource, FormatError } from "@deep-compression/bits";
import { inspectContainer } from "@deep-compression/container";
import type { Network } from "@deep-compression/network";
import { compressFrom, open } from "@deep-compression/pipeline";
import { dczFiles, mutatedDczFiles } from "@deep-compression/pipeline/arbitraries";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decompressed } from "./opened";

const numRuns = 50 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

async function whole(source: ByteSource): Promise<Network> {
  const { tensors, graph, metadata } = (await open(source)).source;
  const read = tensors.map(async ({ read, ...head }) => ({ ...head, bytes: await read() }));
  return { graph, metadata, tensors: await Promise.all(read) };
}

/** What reading ends in, a FormatError as its code. */
function outcome(read: Promise<Network>): Promise<Network | string> {
  return read.catch((error: unknown) => {
    if (error instanceof FormatError) return error.code;
    throw error;
  });
}

test("what is opened and read tensor by tensor is what is read at once, for mutated files too", async () => {
  const files = fc.oneof(
    dczFiles(),
    mutatedDczFiles().map(({ mutated }) => mutated),
  );
  await fc.assert(
    fc.asyncProperty(files, async (bytes) => {
      expect(await outcome(whole(bytesSource(bytes)))).toEqual(await outcome(decompressed(bytes)));
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
  const file = await open(source);
  expect(file.byteLength).toBe(bytes.length);
  expect(end).toBe(inspectContainer(bytes).tensors[0].sections[0].offset);
  const again = await compressFrom(file.source, { default: {} });
  expect(await decompressed(again.bytes)).toEqual(await file.network());
});
