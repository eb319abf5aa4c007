import { type LoadOptions, load, memoryStore } from "@deep-compression/loader";
import { describe, expect, test } from "vitest";
import { errorOf, expectModel, quick, withServer } from "./loading";
import { smallFile } from "./model-file";

/** Loads from a server that fails once; milliseconds between the two requests at least, and how many there were. */
async function failingOnce(headers: Readonly<Record<string, string>>, options: LoadOptions = {}) {
  const file = await smallFile();
  const times: number[] = [];
  const behave = (_: unknown, number: number) => {
    times.push(performance.now());
    return { bytes: file.bytes, ...(number === 1 && { status: 503, headers }) };
  };
  await withServer(behave, async (url) => expectModel(await load(url, { ...quick, ...options }), file));
  return times[1]! - times[0]!;
}

describe("Retry-After", () => {
  test("a number of seconds is waited for", async () => {
    expect(await failingOnce({ "retry-after": "1" })).toBeGreaterThan(950);
  });

  test("a date is waited for, by the clock of the server", async () => {
    const headers = { date: "Mon, 02 Mar 2026 10:00:00 GMT", "retry-after": "Mon, 02 Mar 2026 10:00:01 GMT" };
    expect(await failingOnce(headers)).toBeGreaterThan(950);
  });

  test.each(["soon", "-1", "1e3", ""])("%j is no time", async (text) => {
    const { bytes } = await smallFile();
    await withServer({ bytes, status: 503, headers: { "retry-after": text } }, async (url) => {
      const error = await errorOf(url, { retries: 1 });
      expect(error).toMatchObject({ code: "http-status", status: 503 });
      expect(error.retryAfter).toBeUndefined();
    });
  });

  test("more than a minute is not waited for: the error says when, and the server is asked once", async () => {
    const { bytes } = await smallFile();
    await withServer({ bytes, status: 429, headers: { "retry-after": "3600" } }, async (url, { requests }) => {
      const error = await errorOf(url);
      expect(error).toMatchObject({ code: "http-status", status: 429, retryAfter: 3_600_000 });
      expect(error.message).toContain("try again in 3600 s");
      expect(requests.length).toBe(1);
    });
  });

  test("is ended by the caller's signal", async () => {
    const { bytes } = await smallFile();
    for (const sha256 of [undefined, "beside"]) {
      await withServer({ bytes, status: 503, headers: { "retry-after": "60" } }, async (url) => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 100);
        const options = { signal: controller.signal, ...(sha256 && { sha256 }) };
        expect(await errorOf(url, options)).toMatchObject({ code: "aborted" });
      });
    }
  });

  test("does not keep a stored file from being used at once", async () => {
    const file = await smallFile();
    const cache = memoryStore();
    const behave = (_: unknown, number: number) => ({
      bytes: file.bytes,
      etag: '"1"',
      ...(number > 1 && { status: 503, headers: { "retry-after": "60" } }),
    });
    await withServer(behave, async (url, { requests }) => {
      for (let i = 0; i < 2; i++) await expectModel(await load(url, { ...quick, cache }), file);
      expect(requests.length).toBe(2);
    });
  });
});

test("a hash beside the file is asked for again after 429", async () => {
  const file = await smallFile();
  const { createHash } = await import("node:crypto");
  const hash = new TextEncoder().encode(createHash("sha256").update(file.bytes).digest("hex"));
  const behave = ({ path }: { readonly path: string }, number: number) => {
    if (!path.endsWith(".sha256")) return { bytes: file.bytes };
    return { bytes: hash, ...(number < 3 && { status: 429 }) };
  };
  await withServer(behave, async (url) => expectModel(await load(url, { ...quick, sha256: "beside" }), file));
});
