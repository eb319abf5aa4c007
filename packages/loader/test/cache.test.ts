import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  deleteCached,
  type LoadProgress,
  listCached,
  load,
  type ModelStore,
  memoryStore,
} from "@deep-compression/loader";
import { folderStore } from "@deep-compression/loader/node";
import { afterEach, describe, expect, test } from "vitest";
import { codeOf, errorOf, expectModel, quick, withServer } from "./loading";
import { largeFile, smallFile } from "./model-file";

const folder = mkdtempSync(join(tmpdir(), "loader-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe.each([
  ["memory", () => memoryStore()],
  ["folder", () => folderStore(join(folder, "models"))],
])("a store in %s", (name, make) => {
  test("keeps bytes under names", async () => {
    const store = make();
    expect(store.name).toBe(name);
    expect(await store.get("a.1-2")).toBeUndefined();
    expect(await store.names()).toEqual([]);
    await store.delete("a.1-2");
    await store.put("a.1-2", Uint8Array.of(1, 2));
    await store.put("b", Uint8Array.of());
    await store.put("b", Uint8Array.of(3));
    expect(await store.get("a.1-2")).toEqual(Uint8Array.of(1, 2));
    expect((await store.names()).toSorted()).toEqual(["a.1-2", "b"]);
    await store.delete("a.1-2");
    expect(await store.names()).toEqual(["b"]);
    expect(await store.get("b")).toEqual(Uint8Array.of(3));
  });

  test("keeps a file, which then comes without being sent again, lists it and deletes it", async () => {
    const file = await largeFile();
    const cache = make();
    await withServer({ bytes: file.bytes, etag: '"1"' }, async (url, { requests }) => {
      expect(await listCached({ cache })).toEqual([]);
      const first = await load(url, { ...quick, cache });
      await expectModel(first, file);
      expect(first.cached).toBe(name);
      const second = await load(url, { ...quick, cache });
      await expectModel(second, file);
      expect(second).toMatchObject({ cached: name, warnings: [] });
      expect(requests.map(({ sent }) => sent)).toEqual([file.bytes.length, 0]);
      const { length } = file.bytes;
      const [found, ...others] = await listCached({ cache });
      expect(found).toMatchObject({ url, byteLength: length, storedBytes: length, isComplete: true, etag: '"1"' });
      expect(Date.now() - (found?.saved.getTime() ?? 0)).toBeLessThan(3_600_000);
      expect(others).toEqual([]);
      await deleteCached(new URL("#here", url), { cache });
      expect(await cache.names()).toEqual([]);
    });
  });
});

test("a folder has no halves of files in it when a load is done", async () => {
  const file = await largeFile();
  const path = join(folder, "whole");
  await withServer({ bytes: file.bytes, etag: '"1"' }, async (url) => {
    await expectModel(await load(url, { ...quick, cache: folderStore(path) }), file);
    expect(readdirSync(path).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});

describe("a file that is stored", () => {
  test("is let go when the server has another one", async () => {
    const [old, other] = [await smallFile(), await smallFile(2)];
    const cache = memoryStore();
    const behave = (_: unknown, number: number) =>
      number === 1 ? { bytes: old.bytes, etag: '"1"' } : { bytes: other.bytes, etag: '"2"' };
    await withServer(behave, async (url) => {
      for (const file of [old, other, other]) await expectModel(await load(url, { ...quick, cache }), file);
      expect((await cache.names()).length).toBe(2); // a record and a chunk
    });
  });

  test("is asked for by its date where there is no ETag, and known again by a server that hears no conditions", async () => {
    const file = await largeFile();
    const dated = { bytes: file.bytes, lastModified: "Mon, 02 Mar 2026 10:00:00 GMT" };
    for (const isUnconditional of [false, true]) {
      const cache = memoryStore();
      await withServer({ ...dated, isUnconditional }, async (url, { requests }) => {
        const fetched: number[] = [];
        for (let i = 0; i < 2; i++) {
          const onProgress = (progress: LoadProgress) => {
            fetched[i] = progress.fetched;
          };
          await expectModel(await load(url, { ...quick, cache, onProgress }), file);
        }
        expect(requests[1]?.status).toBe(isUnconditional ? 200 : 304);
        expect(fetched).toEqual([file.bytes.length, 0]);
      });
    }
  });

  test("is used, with a warning, when the server does not answer or fails", async () => {
    const file = await smallFile();
    const cache = memoryStore();
    const behave = (_: unknown, number: number) => ({
      bytes: file.bytes,
      etag: '"1"',
      ...(number > 1 && { status: 503 }),
    });
    await withServer(behave, async (url, server) => {
      await expectModel(await load(url, { ...quick, cache }), file);
      const failing = await load(url, { ...quick, cache });
      await expectModel(failing, file);
      expect(failing.warnings).toMatchObject([{ code: "http-status", status: 503 }]);
      await server.close();
      const offline = await load(url, { ...quick, cache });
      await expectModel(offline, file);
      expect(offline.warnings).toMatchObject([{ code: "network" }]);
    });
  });

  test("is not used when the server says that it is gone", async () => {
    const { bytes } = await smallFile();
    const cache = memoryStore();
    const behave = (_: unknown, number: number) => (number === 1 ? { bytes, etag: '"1"' } : undefined);
    await withServer(behave, async (url) => {
      await (await load(url, { ...quick, cache })).complete();
      expect(await codeOf(url, { cache })).toBe("http-status");
    });
  });

  test("of which the store loses something between two reads is fetched again", async () => {
    const file = await largeFile();
    const cache = memoryStore();
    const behaviours = [{ ranges: "true" }, { ranges: "none" }] as const;
    for (const behaviour of behaviours) {
      await withServer({ bytes: file.bytes, etag: '"1"', ...behaviour }, async (url, server) => {
        const model = await load(url, { ...quick, cache });
        await model.complete();
        for (const name of await cache.names()) if (!name.endsWith(".json")) await cache.delete(name);
        await expectModel(model, file);
        for (const name of await cache.names()) if (!name.endsWith(".json")) await cache.delete(name);
        await expectModel(await load(url, { ...quick, cache }), file);
        await deleteCached(url, { cache });
        expect(server.requests.length).toBeGreaterThan(2);
      });
    }
  });

  test("and lost while there is no server any more is an error that says so", async () => {
    const file = await largeFile();
    const cache = memoryStore();
    await withServer({ bytes: file.bytes, etag: '"1"' }, async (url, server) => {
      const model = await load(url, { ...quick, cache });
      await model.complete();
      for (const name of await cache.names()) await cache.delete(name);
      await server.close();
      await expect(model.tensor("large")).rejects.toMatchObject({ code: "evicted", url });
    });
  });
});

describe("a store that fails", () => {
  const failing = (puts: number, error: Error): ModelStore => {
    const store = memoryStore();
    return {
      ...store,
      async put(name, bytes) {
        if (puts-- <= 0) throw error;
        return store.put(name, bytes);
      },
    };
  };

  test.each([0, 1, 2, 3, 7])("after %d puts: the load goes on in memory and says so", async (puts) => {
    const file = await largeFile();
    const cache = failing(puts, new DOMException("full", "QuotaExceededError"));
    await withServer({ bytes: file.bytes, etag: '"1"' }, async (url) => {
      const model = await load(url, { ...quick, cache });
      await expectModel(model, file);
      await expectModel(model, file);
      expect(model.cached).toBe("memory");
      expect(model.warnings).toMatchObject([{ code: "quota" }]);
      await expectModel(await load(url, { ...quick, cache }), file); // from what is there
    });
  });

  test("when it is read: nothing is stored", async () => {
    const file = await smallFile();
    const cache: ModelStore = {
      ...memoryStore(),
      names: () => Promise.reject(new DOMException("not allowed", "SecurityError")),
      get: () => Promise.reject(new DOMException("not allowed", "SecurityError")),
    };
    await withServer({ bytes: file.bytes, etag: '"1"' }, async (url) => {
      const model = await load(url, { ...quick, cache });
      await expectModel(model, file);
      expect(model).toMatchObject({ cached: "memory", warnings: [{ code: "storage" }] });
    });
  });

  test("a record that is no record is as none", async () => {
    const file = await smallFile();
    const cache = memoryStore();
    await withServer({ bytes: file.bytes, etag: '"1"' }, async (url) => {
      for (const text of ["", "{", "7", '{"url":"x"}']) {
        await expectModel(await load(url, { ...quick, cache }), file);
        const name = (await cache.names()).find((one) => one.endsWith(".json"))!;
        await cache.put(name, new TextEncoder().encode(text));
      }
      await expectModel(await load(url, { ...quick, cache }), file);
      expect((await cache.names()).length).toBe(2);
    });
  });
});

test("two loads of one file at once, and none is harmed", async () => {
  const file = await largeFile();
  const cache = memoryStore();
  await withServer({ bytes: file.bytes, etag: '"1"', pause: 2 }, async (url) => {
    const models = await Promise.all([1, 2, 3].map(() => load(url, { ...quick, cache })));
    await Promise.all(models.map((model) => expectModel(model, file)));
    await expectModel(await load(url, { ...quick, cache }), file);
  });
});

describe("a hash of the whole file", () => {
  test("in hexadecimal or as Subresource Integrity has it, right and wrong", async () => {
    const file = await largeFile();
    const hex = hashOf(file.bytes);
    const base64 = `sha256-${Buffer.from(hex, "hex").toString("base64")}`;
    const cache = memoryStore();
    await withServer({ bytes: file.bytes, etag: '"1"' }, async (url, { requests }) => {
      await expectModel(await load(url, { ...quick, sha256: hex.toUpperCase(), cache }), file);
      expect((await listCached({ cache }))[0]?.sha256).toBe(hex);
      await expectModel(await load(url, { ...quick, sha256: base64, cache }), file);
      expect(requests.length).toBe(1); // stored under its hash: nobody needs to be asked
      const wrong = hex.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
      expect(await errorOf(url, { sha256: wrong, cache })).toMatchObject({ code: "hash", url });
      expect(await cache.names()).toEqual([]);
      expect(await codeOf(new Blob([file.bytes as Uint8Array<ArrayBuffer>]), { sha256: wrong })).toBe("hash");
      await expectModel(await load(new Blob([file.bytes as Uint8Array<ArrayBuffer>]), { ...quick, sha256: hex }), file);
    });
  });

  test("gives out the end of a file only if it is right", async () => {
    const { bytes, tensors } = await largeFile();
    await withServer({ bytes }, async (url) => {
      const model = await load(url, { ...quick, sha256: "0".repeat(64) });
      expect(await model.tensor("first")).toEqual(tensors[0]);
      await expect(model.network()).rejects.toMatchObject({ code: "hash" });
    });
  });

  test("of a newer file than the stored one: the new one is fetched", async () => {
    const [old, other] = [await largeFile(), await largeFile(2)];
    const cache = memoryStore();
    const behave = (_: unknown, number: number) => ({
      bytes: number === 1 ? old.bytes : other.bytes,
      etag: `"${number}"`,
    });
    await withServer(behave, async (url) => {
      await expectModel(await load(url, { ...quick, sha256: hashOf(old.bytes), cache }), old);
      await expectModel(await load(url, { ...quick, sha256: hashOf(other.bytes), cache }), other);
    });
  });

  test("that stands beside the file", async () => {
    const file = await smallFile();
    const texts: Record<string, string> = {
      right: `${hashOf(file.bytes)}  model.dcz\n`,
      wrong: "0".repeat(64),
      none: "<!doctype html>",
    };
    const cache = memoryStore();
    const behave = ({ path }: { readonly path: string }) => {
      const kind = new URL(path, "http://x").search.slice(1);
      if (!path.includes(".sha256")) return { bytes: file.bytes, etag: '"1"' };
      const text = texts[kind];
      return text === undefined ? undefined : { bytes: new TextEncoder().encode(text) };
    };
    await withServer(behave, async (url, server) => {
      expect(await codeOf(`${url}?wrong`, { sha256: "beside" })).toBe("hash");
      expect(await codeOf(`${url}?none`, { sha256: "beside" })).toBe("no-hash");
      expect(await errorOf(`${url}?missing`, { sha256: "beside" })).toMatchObject({ code: "no-hash", status: 404 });
      await expectModel(await load(`${url}?right`, { ...quick, sha256: "beside", cache }), file);
      await server.close();
      const offline = await load(`${url}?right`, { ...quick, sha256: "beside", cache });
      await expectModel(offline, file);
      expect(offline.warnings).toMatchObject([{ code: "network" }]);
    });
  });
});
