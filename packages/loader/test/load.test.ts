import { bytesSource } from "@deep-compression/bits";
import { type LoadProgress, load, memoryStore } from "@deep-compression/loader";
import { open } from "@deep-compression/pipeline";
import { describe, expect, test } from "vitest";
import { codeOf, expectModel, quick, withServer } from "./loading";
import { largeFile, smallFile } from "./model-file";

describe("a file on a plain server", () => {
  test("comes as it is, decoded in workers", async () => {
    const file = await largeFile();
    await withServer({ bytes: file.bytes, etag: '"1"' }, async (url) => {
      const model = await load(url);
      expect(model.metadata).toEqual({ seed: "1" });
      expect(model.byteLength).toBe(file.bytes.length);
      await expectModel(model, file);
      expect((await model.network()).tensors).toEqual(file.tensors);
      expect(await model.tensor("coded")).toEqual(file.tensors[2]);
      expect(model).toMatchObject({ cached: "memory", warnings: [] });
    });
  });

  test("gives stored weights as open does", async () => {
    const { bytes } = await largeFile();
    await withServer({ bytes }, async (url) => {
      const weights = await (await load(url)).weights();
      const expected = await (await open(bytesSource(bytes))).weights();
      expect(weights.names).toEqual(expected.names);
      for (const name of expected.names) expect(weights.weight(name)).toEqual(expected.weight(name));
      expect(() => weights.weight("other")).toThrow(RangeError);
    });
  });

  test("gives its first tensors before the last bytes are sent", async () => {
    const { bytes, tensors } = await largeFile();
    const behave = { bytes, stallAfter: 100_000 };
    await withServer(behave, async (url) => {
      const model = await load(url, { ...quick, idleTimeout: Number.POSITIVE_INFINITY });
      expect(await model.tensor("first")).toEqual(tensors[0]);
      for await (const tensor of model.tensors()) {
        expect(tensor).toEqual(tensors[0]);
        break;
      }
      model.cancel();
      await expect(model.tensor("last")).rejects.toMatchObject({ code: "aborted" });
      await expect(model.complete()).rejects.toMatchObject({ code: "aborted" });
    });
  });

  test("tells its progress: bytes and tensors up to all of them", async () => {
    const { bytes } = await largeFile();
    await withServer({ bytes, pause: 5 }, async (url) => {
      const seen: LoadProgress[] = [];
      await (await load(url, { ...quick, onProgress: (progress) => seen.push(progress) })).complete();
      expect([...new Set(seen.map(({ stage }) => stage))]).toEqual(["requesting", "downloading", "complete"]);
      expect(seen.map(({ bytes }) => bytes)).toEqual(seen.map(({ bytes }) => bytes).toSorted((a, b) => a - b));
      const total = bytes.length;
      expect(seen.at(-1)).toMatchObject({ bytes: total, total, fetched: total, tensors: 4, totalTensors: 4 });
      expect(seen.at(-1)?.rate).toBeGreaterThan(0);
      expect(seen[0]).toMatchObject({ bytes: 0, total: undefined, fraction: 0, secondsLeft: undefined });
      expect(seen.at(-1)?.fraction).toBe(1);
      for (const { fraction } of seen) expect(fraction >= 0 && fraction <= 1).toBe(true);
    });
  });

  test("ends when the caller says so, before and during the load", async () => {
    const { bytes } = await largeFile();
    await withServer({ bytes, stallAfter: 200_000 }, async (url) => {
      expect(await codeOf(url, { signal: AbortSignal.abort() })).toBe("aborted");
      const controller = new AbortController();
      const model = await load(url, { ...quick, signal: controller.signal });
      controller.abort("enough");
      await expect(model.complete()).rejects.toMatchObject({ code: "aborted", cause: "enough" });
    });
  });
});

describe("other sources", () => {
  test("a Response, which is kept under its URL", async () => {
    const file = await largeFile();
    const cache = memoryStore();
    await withServer({ bytes: file.bytes, etag: '"1"' }, async (url, { requests }) => {
      await expectModel(await load(await fetch(url), { ...quick, cache }), file);
      await expectModel(await load(url, { ...quick, cache }), file);
      expect(requests.map(({ status }) => status)).toEqual([200, 304]);
    });
  });

  test("a Response without a URL", async () => {
    const file = await smallFile();
    await expectModel(await load(new Response(file.bytes as Uint8Array<ArrayBuffer>), quick), file);
  });

  test("a Response that was read already is refused", async () => {
    const response = new Response("x");
    await response.text();
    await expect(load(response)).rejects.toThrow(TypeError);
  });

  test("a Blob and a byte source", async () => {
    const file = await largeFile();
    await expectModel(await load(new Blob([file.bytes as Uint8Array<ArrayBuffer>]), quick), file);
    await expectModel(await load(bytesSource(file.bytes)), file);
  });

  test("bytes that are no file, cut, or altered", async () => {
    const { bytes } = await smallFile();
    expect(await codeOf(new Blob(["<!doctype html>"]))).toBe("not-a-model");
    expect(await codeOf(bytesSource(bytes.subarray(0, -1)))).toBe("length");
    const altered = bytes.slice();
    altered[bytes.length - 1]! ^= 1;
    expect(await codeOf(bytesSource(altered))).toBe("checksum");
  });

  test("what is no source at all", async () => {
    for (const source of [undefined, 7, null, {}, "model.dcz"]) {
      await expect(load(source as string)).rejects.toThrow(TypeError);
    }
  });
});

test.each([
  ["retries", { retries: -1 }, RangeError],
  ["threads", { threads: 1.5 }, RangeError],
  ["idleTimeout", { idleTimeout: 0 }, RangeError],
  ["onProgress", { onProgress: "yes" }, TypeError],
  ["sha256", { sha256: "abc" }, TypeError],
  ["cache", { cache: "disk" }, TypeError],
])("a wrong option is refused by its name: %s", async (name, options, type) => {
  const error = await load("http://localhost:1/", options as object).catch((reason) => reason);
  expect(error).toBeInstanceOf(type);
  expect(error.message).toContain(name);
});
