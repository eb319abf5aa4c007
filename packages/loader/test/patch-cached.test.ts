import { makePatch } from "@deep-compression/container/patch";
import { listCached, load, memoryStore, patchCached } from "@deep-compression/loader";
import { describe, expect, test } from "vitest";
import { expectModel, quick, withServer } from "./loading";
import type { Behaviour, SeenRequest } from "./misbehaving-server";
import { largeFile } from "./model-file";

/** A server on which the file becomes another one, and that has the patch from one to the other. */
async function withVersions(
  run: (setting: {
    readonly url: string;
    readonly requests: readonly SeenRequest[];
    readonly publish: () => void;
    readonly patch: Uint8Array;
  }) => Promise<void>,
) {
  const [old, made] = [await largeFile(), await largeFile(2)];
  const patch = makePatch(old.bytes, made.bytes);
  let isPublished = false;
  const behave = ({ path }: SeenRequest) => {
    if (path.endsWith("dczp")) return { bytes: patch };
    return isPublished ? { bytes: made.bytes, etag: '"2"' } : { bytes: old.bytes, etag: '"1"' };
  };
  const publish = () => {
    isPublished = true;
  };
  await withServer(behave, (url, { requests }) => run({ url, requests, publish, patch }));
}

describe("a stored file", () => {
  test("becomes the new one by a patch, which is not fetched again", async () => {
    for (const isFetched of [false, true]) {
      await withVersions(async ({ url, requests, publish, patch }) => {
        const cache = memoryStore();
        await (await load(url, { ...quick, cache })).complete();
        publish();
        await patchCached(url, isFetched ? `${url}p` : patch, { cache });
        const before = requests.length;
        await expectModel(await load(url, { ...quick, cache }), await largeFile(2));
        expect(requests.slice(before).map(({ status }) => status)).toEqual([304]);
        expect(await listCached({ cache })).toMatchObject([{ url, isComplete: true, etag: '"2"' }]);
      });
    }
  });

  test("stays as it is when the patch is none, or for another file", async () => {
    await withVersions(async ({ url, patch }) => {
      const cache = memoryStore();
      await (await load(url, { ...quick, cache })).complete();
      const other = makePatch((await largeFile(2)).bytes, (await largeFile()).bytes);
      for (const wrong of [other, patch.subarray(1), patch.with(20, patch[20]! ^ 1)])
        await expect(patchCached(url, wrong, { cache })).rejects.toMatchObject({ code: "patch", url });
      const text = makePatch((await largeFile()).bytes, new TextEncoder().encode("no model"));
      await expect(patchCached(url, text, { cache })).rejects.toMatchObject({ code: "not-a-model" });
      await expect(patchCached(url, "http://localhost:1/x.dczp", { cache })).rejects.toMatchObject({ code: "network" });
      await expectModel(await load(url, { ...quick, cache }), await largeFile());
    });
  });

  test("is not taken for a still newer version of the same length", async () => {
    const [old, made] = [await largeFile(), await largeFile(2)];
    const newest = await largeFile(2, "3");
    expect(newest.bytes.length).toBe(made.bytes.length);
    let now: Behaviour = { bytes: old.bytes, etag: '"1"' };
    await withServer(
      () => now,
      async (url) => {
        const cache = memoryStore();
        await (await load(url, { ...quick, cache })).complete();
        now = { bytes: newest.bytes, etag: '"3"' };
        await patchCached(url, makePatch(old.bytes, made.bytes), { cache });
        expect((await listCached({ cache }))[0]?.etag).toBeUndefined();
        expect((await load(url, { ...quick, cache })).metadata).toEqual({ seed: "3" });
      },
    );
  });

  test("that is not there, or not whole, is not patched", async () => {
    await withVersions(async ({ url, patch }) => {
      const cache = memoryStore();
      await expect(patchCached(url, patch, { cache })).rejects.toMatchObject({ code: "not-cached" });
      await (await load(url, { ...quick, cache })).complete();
      for (const name of await cache.names()) if (name.includes(".0-")) await cache.delete(name);
      await expect(patchCached(url, patch, { cache })).rejects.toMatchObject({ code: "not-cached" });
    });
  });
});
