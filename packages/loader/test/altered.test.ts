import { load, memoryStore } from "@deep-compression/loader";
import { seededRandom } from "@deep-compression/runtime";
import { expect, test } from "vitest";
import { codeOf, expectModel, quick, withServer } from "./loading";
import { largeFile, smallFile } from "./model-file";

const CODES = /^(checksum|format|not-a-model|length)$/;

test("bytes altered on the way, at 200 places: all are refused, and nothing is cached", async () => {
  const random = seededRandom(7);
  for (let i = 0; i < 200; i++) {
    const { bytes } = i < 180 ? await smallFile() : await largeFile();
    const alteredAt = i < 20 ? i : Math.floor(random() * bytes.length); // header and directory among them
    const cache = memoryStore();
    await withServer({ bytes, etag: '"1"', alteredAt }, async (url) => {
      expect(await codeOf(url, { cache, retries: 1, idleTimeout: 1000 }), `byte ${alteredAt}`).toMatch(CODES);
      expect(await cache.names()).toEqual([]);
    });
  }
});

test("bytes altered on the way once: they are fetched again, from the block on that is not right", async () => {
  const file = await largeFile();
  for (const alteredAt of [9, 20, 3000, 1_100_000, file.bytes.length - 1]) {
    const behave = (_: unknown, number: number) => ({
      bytes: file.bytes,
      etag: '"1"',
      ...(number === 1 && { alteredAt }),
    });
    const cache = memoryStore();
    await withServer(behave, async (url, { requests }) => {
      await expectModel(await load(url, { ...quick, cache }), file);
      expect(requests.length).toBe(2);
      const [, from = "0"] = /^bytes=(\d+)-$/.exec(requests[1]?.headers.range ?? "") ?? [];
      expect(alteredAt - Number(from)).toBeLessThan(2 ** 20);
      await expectModel(await load(url, { ...quick, cache }), file);
      expect(requests[2]?.status).toBe(304);
    });
  }
});
