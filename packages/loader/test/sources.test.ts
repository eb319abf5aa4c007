import { listCached, load, type ModelStore, memoryStore } from "@deep-compression/loader";
import { describe, expect, test } from "vitest";
import { codeOf, errorOf, expectModel, quick, withServer } from "./loading";
import { largeFile, smallFile } from "./model-file";

const bodyOf = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;

describe("a Response without a URL, which cannot be asked for again", () => {
  test("that breaks off", async () => {
    const { bytes } = await largeFile();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes.slice(0, 200_000));
        controller.error(new Error("gone"));
      },
    });
    expect(await errorOf(new Response(body))).toMatchObject({ code: "network", url: "source" });
  });

  test.each([
    ["length or network", "cut", (bytes: Uint8Array) => bytes.subarray(0, -1), /^(length|network)$/],
    ["checksum", "altered", (bytes: Uint8Array) => bytes.with(-1, bytes.at(-1)! ^ 1), /^checksum$/],
    ["not-a-model", "no file", () => new TextEncoder().encode("<!doctype html>"), /^not-a-model$/],
    ["length or network", "empty", () => new Uint8Array(), /^(length|network)$/],
  ])("%s: %s", async (_, __, change, code) => {
    const { bytes } = await largeFile();
    expect(await codeOf(new Response(bodyOf(change(bytes))))).toMatch(code);
  });

  test("has no hash beside it", async () => {
    const { bytes } = await smallFile();
    await expect(load(new Response(bodyOf(bytes)), { sha256: "beside" })).rejects.toThrow(
      'sha256: "beside" is for a file that has a URL',
    );
  });
});

describe("bytes that are there", () => {
  test("a Buffer is decoded in workers and stays as it was", async () => {
    const file = await largeFile();
    const buffer = Buffer.from(file.bytes);
    await expectModel(await load(buffer), file);
    expect(buffer.equals(file.bytes)).toBe(true);
    await expectModel(
      await load({ byteLength: buffer.length, slice: (a: number, b?: number) => buffer.subarray(a, b) }),
      file,
    );
    expect(buffer.equals(file.bytes)).toBe(true);
  });

  test("an ArrayBuffer is told how to be given", async () => {
    const buffer = (await smallFile()).bytes.slice().buffer as ArrayBuffer;
    await expect(load(buffer as never)).rejects.toThrow("got ArrayBuffer: give new Uint8Array(buffer)");
  });

  test("that end early: said so, not that they are of no valid format", async () => {
    const { bytes } = await smallFile();
    for (const length of [0, 4, 20, bytes.length - 1])
      expect(await codeOf(new Blob([bodyOf(bytes.subarray(0, length))]))).toBe("length");
    expect((await errorOf(new Blob([]))).message).toContain("the file is empty");
  });
});

test("a path or a file: URL in Node is told how to be given", async () => {
  await expect(load("model.dcz")).rejects.toThrow("openAsBlob(path)");
  expect((await errorOf(new URL("file:///model.dcz"), { retries: 0 })).message).toContain("openAsBlob(path)");
});

test("an empty file on a server", async () => {
  await withServer({ bytes: new Uint8Array() }, async (url) => {
    const error = await errorOf(url, { retries: 1 });
    expect(error.code).toBe("length");
    expect(error.message).toContain("the file is empty");
  });
});

describe("a store that fails", () => {
  const failures: readonly (readonly [string, Partial<ModelStore>])[] = (["get", "put", "delete", "names"] as const)
    .flatMap((name) => [
      [`${name} throws`, name, (): never => fail()] as const,
      [`${name} rejects`, name, async (): Promise<never> => fail()] as const,
    ])
    .map(([what, name, act]) => [what, { [name]: act }]);

  function fail(): never {
    throw new Error("out of order");
  }

  test.each(failures)(
    "%s: the file comes all the same, also after a cut, bytes altered once and without a hash",
    async (_, failing) => {
      const file = await largeFile();
      const behave = ({ path }: { readonly path: string }, number: number) => ({
        bytes: path.endsWith("256") ? new TextEncoder().encode("0".repeat(64)) : file.bytes,
        etag: '"1"',
        ...(number === 1 && { cutAfter: 300_000 }),
        ...(number === 2 && { alteredAt: 500_000 }),
      });
      await withServer(behave, async (url) => {
        const cache = { ...memoryStore(), ...failing };
        await expectModel(await load(url, { ...quick, cache }), file);
        expect(await codeOf(url, { cache, sha256: "beside" })).toBe("hash");
      });
    },
  );

  test("is told of when it is looked at", async () => {
    const cache = { ...memoryStore(), names: () => Promise.reject(new Error("out of order")) };
    await expect(listCached({ cache })).rejects.toMatchObject({ code: "storage", name: "LoadError" });
  });
});

test("a longer idleTimeout than a timer can have is refused", async () => {
  await expect(load("http://localhost:1/", { idleTimeout: 2 ** 31 })).rejects.toThrow(RangeError);
});
