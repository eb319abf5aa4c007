import { bytesSource, crc32c } from "@deep-compression/bits";
import { openContainer, writeContainer } from "@deep-compression/container";
import type { Network } from "@deep-compression/network";
import { compress } from "@deep-compression/pipeline";
import { mutatedDczFiles } from "@deep-compression/pipeline/arbitraries";
import { type DecodePool, decodePool } from "@deep-compression/pipeline/parallel";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { costOf, sharedJobs, wholeJobs } from "../src/decode-jobs";
import { decompressed } from "./opened";

function tensor(name: string, shape: readonly number[], values: (i: number) => number) {
  const elements = new Float32Array(shape.reduce((product, size) => product * size, 1)).map((_, i) => values(i));
  return { name, type: "float32" as const, shape, bytes: new Uint8Array(elements.buffer) };
}

const network: Network = {
  graph: undefined,
  tensors: [
    tensor("small", [3, 4], (i) => i / 8),
    tensor("gaps", [100, 200], (i) => (i % 17 === 0 ? (i % 5) + 1 : 0)),
    tensor("raw", [7], (i) => Math.fround(Math.sin(i))),
    tensor("dense", [50, 60], (i) => i % 3),
  ],
  metadata: { made: "here" },
};

/** The network with the checksums of its tensors: vitest takes minutes to compare long arrays. */
function checksums({ tensors, ...rest }: Network): unknown {
  return { ...rest, tensors: tensors.map((tensor) => ({ ...tensor, bytes: crc32c(tensor.bytes) })) };
}

/** What comes, with checksums, or the error. */
function outcome(network: Promise<Network>): Promise<unknown> {
  return network.then(checksums, (error: unknown) => error);
}

describe("decodePool", () => {
  let pool: DecodePool;
  beforeAll(() => {
    pool = decodePool({ threads: 3 });
  });
  afterAll(() => pool.close());

  test("gives the network, in order, as often as it is asked and for several files at once", async () => {
    const { bytes } = compress(network, { default: {} });
    const expected = await decompressed(bytes);
    const found = await Promise.all([0, 1, 2].map(() => pool.decompress(bytesSource(bytes))));
    for (const one of found) expect(one).toEqual(expected);
  });

  test("leaves the file's bytes as they were", async () => {
    const { bytes } = compress(network, { default: {} });
    const before = bytes.slice();
    await pool.decompress(bytesSource(bytes));
    expect(bytes).toEqual(before);
  });

  test("says of a tensor that is not valid what reading it alone says, and goes on with the next file", async () => {
    const { bytes } = compress(network, { default: {} });
    const file = await openContainer(bytesSource(bytes));
    const tensors = await Promise.all(file.tensors.map(({ name }) => file.read(name)));
    for (const { name } of tensors.filter((tensor) => tensor.name !== "raw")) {
      // The checksum holds; the flags mean nothing.
      const broken = tensors.map((tensor) =>
        tensor.name === name
          ? { ...tensor, sections: tensor.sections.map(({ kind }) => ({ kind, bytes: Uint8Array.of(255) })) }
          : tensor,
      );
      const changed = writeContainer({ tensors: broken });
      const expected = await decompressed(changed).catch((error: unknown) => error);
      expect(expected).toMatchObject({ tensor: name });
      await expect(pool.decompress(bytesSource(changed))).rejects.toEqual(expected);
    }
    expect((await pool.decompress(bytesSource(bytes))).tensors.length).toBe(4);
  });

  test("gives what reading alone gives of any file, or the same error", async () => {
    await fc.assert(
      fc.asyncProperty(mutatedDczFiles(), async ({ original, mutated }) => {
        for (const bytes of [original, mutated]) {
          const expected = await decompressed(bytes).catch((error: unknown) => error);
          for (const shared of [false, true]) {
            const found = pool.decompress(bytesSource(bytes), { shared });
            expect(await found.catch((error: unknown) => error)).toEqual(expected);
          }
        }
      }),
      { numRuns: 50 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1) },
    );
  });

  test("fills tensors on memory that threads share, large ones together", async () => {
    const odd = (i: number) => (i % 9 === 0 ? (i % 7) - 3 : 0);
    const large: Network = {
      ...network,
      tensors: [
        ...network.tensors,
        tensor("large gaps", [1024, 1024], odd),
        tensor("large mask", [1 << 19], odd),
        tensor("large dense", [1 << 19], (i) => (i * i) % 11),
      ],
    };
    const tensors = { "large gaps": { form: "gaps" }, "large mask": { form: "bitmask" } } as const;
    const { bytes } = compress(large, { default: {}, tensors });
    const expected = await outcome(decompressed(bytes));
    const found = await pool.decompress(bytesSource(bytes), { shared: true });
    for (const { bytes: elements } of found.tensors) expect(elements.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(checksums(found)).toEqual(expected);
    const alone = decodePool({ threads: 1 });
    expect(await outcome(alone.decompress(bytesSource(bytes), { shared: true }))).toEqual(expected);
    await alone.close();
  });

  test("says of a slice that is not valid what reading alone says of the tensor", async () => {
    const sparse = tensor("w", [1 << 19], (i) => (i % 300 < 2 ? (i % 7) - 3 : 0));
    const { bytes } = compress({ ...network, tensors: [sparse] }, { default: { form: "gaps", gapBits: 8 } });
    const file = await openContainer(bytesSource(bytes));
    const { sections, ...head } = await file.read("w");
    const [{ kind, bytes: section }] = sections;
    let refused = 0;
    for (let at = 0; at < section.length; at += 97) {
      const changed = section.map((byte, i) => (i === at ? byte ^ 1 : byte));
      const file = writeContainer({ tensors: [{ ...head, sections: [{ kind, bytes: changed }] }] });
      const expected = await outcome(decompressed(file));
      expect(await outcome(pool.decompress(bytesSource(file), { shared: true }))).toEqual(expected);
      if (expected instanceof Error) refused++;
    }
    expect(refused).toBeGreaterThan(5);
  });

  test("wants to know what to share by, and that there is memory to share", async () => {
    const { bytes } = compress(network, { default: {} });
    const shared = (value: unknown) => pool.decompress(bytesSource(bytes), { shared: value as boolean });
    await expect(shared("yes")).rejects.toThrow('shared: expected true or false, got "yes"');
    const withoutOptions = pool.decompress(bytesSource(bytes), null as never);
    await expect(withoutOptions).rejects.toThrow("options: expected an object, got null");
    vi.stubGlobal("SharedArrayBuffer", undefined);
    await expect(shared(true)).rejects.toThrow("no memory that threads share here");
    vi.unstubAllGlobals();
    expect(await shared(false)).toEqual(await decompressed(bytes));
  });

  test("works on the calling thread alone, and not at all once it is closed", async () => {
    const { bytes } = compress(network, { default: {} });
    const alone = decodePool({ threads: 1 });
    expect(await alone.decompress(bytesSource(bytes))).toEqual(await decompressed(bytes));
    await alone.close();
    await expect(alone.decompress(bytesSource(bytes))).rejects.toThrow("closed");
    expect(() => decodePool({ threads: 0 })).toThrow(RangeError);
  });
});

/** Tensors to decode, of made-up sizes. */
const jobsToDecode = fc
  .array(
    fc.record({
      elements: fc.oneof(fc.nat({ max: 1000 }), fc.nat({ max: 3_000_000 })),
      bytes: fc.nat({ max: 100_000 }),
      form: fc.constantFrom("raw" as const, "gaps" as const, "context" as const),
    }),
    { maxLength: 8 },
  )
  .map((sizes) =>
    sizes.map(({ elements, bytes, form }, index) => {
      const head = { name: `${index}`, type: "float32" as const, offset: 0, directoryBytes: 9 };
      return { index, entry: { ...head, shape: [elements], form }, bytes: new Uint8Array(bytes) };
    }),
  );
const threadCounts = fc.integer({ min: 1, max: 5 });
const sumOf = (costs: readonly number[]) => costs.reduce((sum, cost) => sum + cost, 0);

test("jobs on shared memory are all of each tensor in codes, end to end, as much work for each thread", () => {
  fc.assert(
    fc.property(jobsToDecode, threadCounts, (tensors, threads) => {
      const lists = sharedJobs(tensors, threads);
      expect(lists.length).toBe(threads);
      for (const { index, entry } of tensors) {
        const jobs = lists.flat().filter((job) => job.index === index);
        const isShared = entry.form !== "raw" && entry.shape[0] > 0;
        const ends = isShared ? [0, ...jobs.map(({ slice }) => slice?.to)] : [undefined];
        expect(jobs.map(({ slice }) => slice?.from)).toEqual(isShared ? ends.slice(0, -1) : [undefined]);
        expect(ends.at(-1)).toBe(isShared ? 1 : undefined);
        expect(new Set(jobs.map(({ slice }) => slice?.into)).size).toBe(1);
        if (!isShared) expect(lists[0].map((job) => job.index)).toContain(index);
      }
      const coded = (jobs: (typeof lists)[number]) =>
        sumOf(jobs.map((job) => (job.slice ? (job.slice.to - job.slice.from) * costOf(job) : 0)));
      const most = sumOf(tensors.map(costOf)) / threads;
      // Tensors are cut at multiples of 2^18 elements.
      const cut = Math.max(0, ...tensors.map((job) => (costOf(job) * 2 ** 18) / Math.max(2 ** 18, job.entry.shape[0])));
      for (const jobs of lists.slice(0, -1)) expect(coded(jobs)).toBeLessThanOrEqual(most + cut + 1e-6);
    }),
  );
});

test("whole tensors are divided so that no thread has more work than its share and the longest of its tensors", () => {
  fc.assert(
    fc.property(jobsToDecode, threadCounts, (tensors, threads) => {
      const lists = wholeJobs(tensors, threads);
      expect(
        lists
          .flat()
          .map(({ index }) => index)
          .sort(),
      ).toEqual(tensors.map(({ index }) => index).sort());
      const share = sumOf(tensors.map(costOf)) / threads;
      for (const jobs of lists) {
        const last = jobs.at(-1);
        if (last !== undefined) expect(sumOf(jobs.map(costOf)) - costOf(last)).toBeLessThanOrEqual(share + 1e-6);
      }
    }),
  );
});
