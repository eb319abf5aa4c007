import { load, memoryStore } from "@deep-compression/loader";
import { describe, expect, test } from "vitest";
import { codeOf, errorOf, expectModel, quick, withServer } from "./loading";
import { largeFile, smallFile } from "./model-file";

describe("a server that has no such file", () => {
  test.each([404, 403, 410, 501])("status %d is told at once", async (status) => {
    const { bytes } = await smallFile();
    await withServer({ bytes, status }, async (url, { requests }) => {
      expect(await errorOf(url)).toMatchObject({ code: "http-status", status, url });
      expect(requests.length).toBe(1);
    });
  });

  test.each([500, 503, 429])("status %d is tried again, and then told", async (status) => {
    const file = await smallFile();
    await withServer({ bytes: file.bytes, status }, async (url, { requests }) => {
      expect(await errorOf(url, { retries: 3 })).toMatchObject({ code: "http-status", status });
      expect(requests.length).toBe(4);
    });
    const passing = (_: unknown, number: number) => ({ bytes: file.bytes, ...(number < 3 && { status }) });
    await withServer(passing, async (url) => expectModel(await load(url, quick), file));
  });

  test("a web page in its place", async () => {
    const bytes = new TextEncoder().encode("<!doctype html><title>Not here</title>");
    await withServer({ bytes, contentType: "text/html" }, async (url, { requests }) => {
      const error = await errorOf(url);
      expect(error.code).toBe("not-a-model");
      expect(error.message).toContain("web page");
      expect(requests.length).toBe(1);
    });
  });

  test("nothing at all, or something short", async () => {
    for (const text of ["", "no", "\x89DCZ"]) {
      const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
      await withServer({ bytes }, async (url) => expect(await codeOf(url)).toMatch(/^(length|not-a-model)$/));
    }
  });

  test("no server", async () => {
    const url = await withServer({ bytes: new Uint8Array() }, async (found) => found);
    expect(await codeOf(url, { retries: 1 })).toBe("network");
  });
});

describe("lengths that do not go together", () => {
  test("a file that was cut, or goes on", async () => {
    const { bytes } = await largeFile();
    const longer = new Uint8Array([...bytes, 0]);
    for (const contentLength of [undefined, "none"] as const) {
      const told = contentLength && { contentLength };
      await withServer({ bytes: longer, ...told }, async (url) => expect(await codeOf(url)).toBe("length"));
      await withServer({ bytes: bytes.subarray(0, -1), ...told }, async (url, { requests }) => {
        expect(await codeOf(url)).toBe("length");
        expect(requests.length).toBeLessThan(3);
      });
    }
  });

  test("a Content-Length that says too little or too much", async () => {
    const { bytes } = await largeFile();
    for (const contentLength of [bytes.length - 1000, bytes.length + 1000]) {
      await withServer({ bytes, contentLength }, async (url) =>
        expect(await codeOf(url)).toMatch(/^(length|network)$/),
      );
    }
  });
});

describe("servers that do less than they could", () => {
  test("compression that was switched on by mistake, whole and cut", async () => {
    const file = await largeFile();
    const gzipped = { bytes: file.bytes, isGzipped: true, etag: 'W/"1"' };
    await withServer(gzipped, async (url) => expectModel(await load(url, quick), file));
    const cutOnce = (_: unknown, number: number) => ({ ...gzipped, ...(number < 3 && { cutAfter: 300_000 * number }) });
    await withServer(cutOnce, async (url, { requests }) => {
      await expectModel(await load(url, quick), file);
      expect(requests.map(({ headers }) => headers.range)).toEqual([undefined, undefined, undefined]);
    });
  });

  test("no Content-Length", async () => {
    const file = await largeFile();
    await withServer({ bytes: file.bytes, contentLength: "none" }, async (url) =>
      expectModel(await load(url, quick), file),
    );
  });

  test("no ETag, no date: what is stored is fetched again, for nobody can say that it is the same", async () => {
    const file = await smallFile();
    const cache = memoryStore();
    await withServer({ bytes: file.bytes }, async (url, { requests }) => {
      for (let i = 0; i < 2; i++) await expectModel(await load(url, { ...quick, cache }), file);
      expect(requests.map(({ status }) => status)).toEqual([200, 200]);
    });
  });

  test("a connection that stalls is made anew by the watchdog", async () => {
    const file = await largeFile();
    const stalling = (_: unknown, number: number) => ({
      bytes: file.bytes,
      etag: '"1"',
      ...(number < 3 && { stallAfter: 200_000 }),
    });
    await withServer(stalling, async (url, { requests }) => {
      await expectModel(await load(url, { ...quick, idleTimeout: 200 }), file);
      expect(requests.map(({ headers }) => headers.range)).toEqual([undefined, "bytes=200000-", "bytes=400000-"]);
    });
    await withServer({ bytes: file.bytes, stallAfter: 0 }, async (url) => {
      expect(await codeOf(url, { idleTimeout: 50, retries: 1 })).toBe("timeout");
    });
  });
});

describe("a server that goes on after a cut", () => {
  const cutOnce =
    (behaviour: object) => async (run: (url: string, requests: { status: number }[]) => Promise<void>) => {
      const { bytes } = await largeFile();
      const first = { bytes, etag: '"1"', cutAfter: 300_000 };
      const behave = (_: unknown, number: number) => (number === 1 ? first : { bytes, etag: '"1"', ...behaviour });
      await withServer(behave, async (url, { requests }) => run(url, requests));
    };

  test.each([
    ["with the rest", {}, [200, 206]],
    ["from the start, having no ranges", { ranges: "none" }, [200, 200]],
    ["with a Content-Range of another place", { ranges: "lying" }, [200, 206, 200]],
    ["with a Content-Range of another length", { ranges: "other-total" }, [200, 206, 200]],
    ["by refusing the range", { ranges: "refused" }, [200, 416, 200]],
    ["from the start, compressed", { ranges: "none", isGzipped: true }, [200, 200]],
    [
      "with the rest, a date in place of an ETag",
      { etag: undefined, lastModified: "Mon, 02 Mar 2026 10:00:00 GMT" },
      [200, 200],
    ],
  ])("%s", async (_, behaviour, statuses) => {
    await cutOnce(behaviour)(async (url, requests) => {
      await expectModel(await load(url, quick), await largeFile());
      expect(requests.map(({ status }) => status)).toEqual(statuses);
    });
  });

  test("with another file: said, and nothing of either is kept", async () => {
    const { bytes } = await largeFile(2);
    const cache = memoryStore();
    await cutOnce({ bytes, etag: '"2"' })(async (url) => {
      expect(await codeOf(url, { cache })).toBe("changed");
      expect(await cache.names()).toEqual([]);
      await expectModel(await load(url, { ...quick, cache }), await largeFile(2));
    });
  });

  test("with another file under the same ETag: found by its checksums or its length", async () => {
    const { bytes } = await largeFile(2);
    const cache = memoryStore();
    await cutOnce({ bytes })(async (url) => {
      expect(await codeOf(url, { cache })).toMatch(/^(checksum|length)$/);
      expect(await cache.names()).toEqual([]);
    });
  });
});
