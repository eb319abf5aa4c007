import { load, type ModelStore, memoryStore } from "@deep-compression/loader";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeOf, expectModel, quick, withServer } from "./loading";
import type { MisbehavingServer } from "./misbehaving-server";
import { largeFile } from "./model-file";

/** At most so many bytes come twice for each time that the page goes away: a chunk, and one that is being written. */
const MOST_TWICE = 2 * 2 ** 17;

const sentBy = ({ requests }: MisbehavingServer) => requests.reduce((sum, { sent }) => sum + sent, 0);

/** A store that takes nothing more after so many puts, as for a page that is gone. */
function storeUntil(store: ModelStore, puts: number): ModelStore {
  let left = puts;
  return {
    ...store,
    put: async (name, bytes) => (left-- > 0 ? store.put(name, bytes) : new Promise(() => {})),
    delete: async (name) => (left > 0 ? store.delete(name) : new Promise(() => {})),
  };
}

test("cuts at any places: the file is the same, and no byte comes twice", async () => {
  const file = await largeFile();
  const { length } = file.bytes;
  const cuts = fc.array(fc.integer({ min: 1, max: length - 1 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(cuts, fc.boolean(), async (places, isStored) => {
      const behave = (_: unknown, number: number) => {
        const cutAfter = places[number - 1];
        return { bytes: file.bytes, etag: '"1"', ...(cutAfter !== undefined && { cutAfter }) };
      };
      await withServer(behave, async (url, server) => {
        await expectModel(await load(url, { ...quick, ...(isStored && { cache: memoryStore() }) }), file);
        expect(sentBy(server)).toBe(length);
      });
    }),
    { numRuns: 20 },
  );
});

test("pages that go away at any places: at most two chunks come twice", async () => {
  const file = await largeFile();
  const random = seededRandom(3);
  for (let i = 0; i < 5; i++) {
    const cache = memoryStore();
    const stallAfter = Math.floor(random() * file.bytes.length);
    const behave = (_: unknown, number: number) => ({
      bytes: file.bytes,
      etag: '"1"',
      ...(number === 1 && { stallAfter }),
    });
    await withServer(behave, async (url, server) => {
      const gone = load(url, { ...quick, cache: storeUntil(cache, 4), idleTimeout: 100, retries: 0 });
      await Promise.race([
        gone.then((model) => model.complete()).catch(() => {}),
        new Promise((r) => setTimeout(r, 500)),
      ]);
      const before = sentBy(server);
      const model = await load(url, { ...quick, cache });
      await expectModel(model, file);
      const stored = 3 * 2 ** 17; // of the four puts one was the record's
      expect(sentBy(server) - file.bytes.length).toBeLessThanOrEqual(Math.max(0, before - stored) + MOST_TWICE);
      expect(model.cached).toBe("memory");
    });
  }
});

test("a load that the caller ends loses nothing", async () => {
  const file = await largeFile();
  const cache = memoryStore();
  const stallAfter = 777_777;
  const behave = (_: unknown, number: number) => ({
    bytes: file.bytes,
    etag: '"1"',
    ...(number === 1 && { stallAfter }),
  });
  await withServer(behave, async (url, { requests }) => {
    const model = await load(url, {
      ...quick,
      cache,
      onProgress: ({ bytes }) => bytes === stallAfter && controller.abort(),
      signal: undefined,
    });
    const controller = { abort: () => model.cancel() };
    setTimeout(() => model.cancel(), 300);
    await expect(model.complete()).rejects.toMatchObject({ code: "aborted" });
    await expectModel(await load(url, { ...quick, cache }), file);
    expect(requests[1]?.headers).toMatchObject({ range: `bytes=${stallAfter}-`, "if-range": '"1"' });
  });
});

describe("what is stored in part", () => {
  const first = { stallAfter: 500_000 };
  async function afterPart(
    second: object,
    run: (url: string, cache: ModelStore, server: MisbehavingServer) => Promise<void>,
  ) {
    const { bytes } = await largeFile();
    const cache = memoryStore();
    const behave = (_: unknown, number: number) => ({ bytes, etag: '"1"', ...(number === 1 ? first : second) });
    await withServer(behave, async (url, server) => {
      expect(await codeOf(url, { cache, idleTimeout: 100, retries: 0 })).toBe("timeout");
      await run(url, cache, server);
    });
  }

  test("is let go when the file has become another one", async () => {
    const other = await largeFile(2);
    await afterPart({ bytes: other.bytes, etag: '"2"' }, async (url, cache) => {
      await expectModel(await load(url, { ...quick, cache }), other);
      await expectModel(await load(url, { ...quick, cache }), other);
    });
  });

  test("is gone on with though the ETag is weak, if it is the same", async () => {
    await afterPart({ etag: 'W/"1"' }, async (url, cache) => {
      await expectModel(await load(url, { ...quick, cache }), await largeFile());
    });
  });

  test("that rotted is found by its checksums and fetched again", async () => {
    await afterPart({}, async (url, cache, { requests }) => {
      for (const name of await cache.names()) {
        const bytes = (await cache.get(name))!.slice();
        if (!name.endsWith("131072-262144")) continue;
        bytes[5]! ^= 1;
        await cache.put(name, bytes);
      }
      await expectModel(await load(url, { ...quick, cache }), await largeFile());
      expect(requests.map(({ headers }) => headers.range)).toEqual([undefined, "bytes=500000-", expect.any(String)]);
    });
  });

  test("of which the store lost something in the middle is fetched from there", async () => {
    await afterPart({}, async (url, cache, { requests }) => {
      for (const name of await cache.names()) if (name.endsWith("131072-262144")) await cache.delete(name);
      await expectModel(await load(url, { ...quick, cache }), await largeFile());
      expect(requests[1]?.headers.range).toBe("bytes=131072-");
    });
  });

  test("without a server stays, and the error says what to do", async () => {
    const cache = memoryStore();
    const { bytes } = await largeFile();
    await withServer({ bytes, etag: '"1"', ...first }, async (url, server) => {
      expect(await codeOf(url, { cache, idleTimeout: 100, retries: 0 })).toBe("timeout");
      await server.close();
      expect(await codeOf(url, { cache, retries: 1 })).toBe("network");
      expect((await cache.names()).length).toBeGreaterThan(1);
    });
  });
});
